#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# verdicts - each state that a BAR can be in, made for real, and who tells of it:
# sysfs, the command line tool with and without the module, uevents, tracepoints
#
# Needs: root; the module; a provider with a memory BAR; for `preserved` firmware
# that asks for preservation; for `unassigned` a BAR that fits nowhere (a lane of
# its own in the bench). The tool, tracefs and fw_cfg where they are.
# Changes: reloads the module; for a moment, the provider's BAR register.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_may_reload
pfb_roles
pfb_take_all

ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))
HALF=$(printf 0x%x $((GPU_SIZE / 2)))

# told BDF INDEX STATE VERIFY-EXIT: everyone says the same
told()
{
	runs 0 pfb_load policy=observe
	is 'sysfs' "$(pfb_state "$1" "$2")" "$3"
	if ! pfb_have_cli; then
		ktap_say "no $CLI: only sysfs was asked"
		return
	fi
	runs 0 "$CLI" status --json --all
	is 'the tool, with the module' "$(cli_state "$1" "$2")" "$3"
	runs "$4" "$CLI" verify
	runs 0 pfb_unload
	[ -n "${FW_CFG:-}" ] || return 0
	runs 0 "$CLI" status --json --all
	is 'the tool, without the module' "$(cli_state "$1" "$2")" "$3"
	runs "$4" "$CLI" verify
}

t_verified()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
	told "$GPU" "$GPU_BAR" verified 0
}

t_verified_any_id()
{
	pfb_declare "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR=$GPU_ADDR"
	told "$GPU" "$GPU_BAR" verified 0
}

t_declared()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE"
	told "$GPU" "$GPU_BAR" declared 1
	pfb_have_cli || return
	runs 0 "$CLI" verify --allow-declared
}

t_moved()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE"
	told "$GPU" "$GPU_BAR" moved 1
	pfb_have_cli || return
	runs 1 "$CLI" verify --allow-declared --allow-preserved
	like 'expected and actual are named' "$ktap_out" "$ELSEWHERE.*$GPU_ADDR|$GPU_ADDR.*$ELSEWHERE"
}

t_hpa_mismatch()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE"
	told "$GPU" "$GPU_BAR" hpa-mismatch 1
}

t_wrong_size()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$HALF=$GPU_ADDR"
	told "$GPU" "$GPU_BAR" wrong-size 1
}

t_id_mismatch()
{
	pfb_declare "$GPU_PATH,id=10de:2330,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
	told "$GPU" "$GPU_BAR" id-mismatch 1
	like 'the log names both ids' "$(pfb_log)" "10de:2330.*$GPU_ID|$GPU_ID.*10de:2330"
}

t_missing_bar()
{
	free=
	for bar in 5 4 3 2 1 0; do
		[ "$(pfb_resource "$GPU" "$bar" | cut -d' ' -f3)" != 0x0000000000000000 ] ||
			[ "$bar" = $((GPU_BAR + 1)) ] || free=$bar
	done
	[ -n "$free" ] || { ktap_skip "$GPU has all six BARs"; return; }
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$free@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE"
	told "$GPU" "$free" missing 1
}

t_missing_function()
{
	pfb_declare "${GPU_PATH%/*}/1f.7,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
	runs 0 pfb_load policy=observe
	like 'log' "$(pfb_log)" "${GPU_PATH%/*}/1f.7.*(missing|not there|no function)"
	is 'BARs that are missing' "$(pfb_count missing)" 1
	is 'functions that are missing' "$(cat "$KERNEL/missing")" "${GPU_PATH%/*}/1f.7"
	pfb_have_cli || return
	runs 1 "$CLI" verify
	runs 0 "$CLI" status --json
	is 'the tool' "$(printf '%s\n' "$ktap_out" |
		jsonq - "functions[path=${GPU_PATH%/*}/1f.7].bars[bar=bar$GPU_BAR].state")" missing
}

t_unassigned()
{
	if pfb_have_gpu_address; then
		ktap_skip 'every BAR has an address here'
		return
	fi
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@0x6b8000000000=0x6b8000000000"
	told "$GPU" "$GPU_BAR" unassigned 1
}

# Where only the module can tell: ACPI was asked.
pfb_preserved()
{
	[ "$(pfb_preserve)" = unknown ] && pfb_load policy=observe &&
		[ "$(pfb_attr "$GPU" preserve)" = honoured ]
}

t_untracked()
{
	pfb_no_sources
	if [ "$(pfb_preserve)" = honoured ] || pfb_preserved; then
		ktap_skip 'firmware asks for preservation here'
		return
	fi
	told "$GPU" "$GPU_BAR" untracked 1
}

t_preserved()
{
	pfb_no_sources
	if [ "$(pfb_preserve)" != honoured ] && ! pfb_preserved; then
		ktap_skip 'firmware does not ask for preservation here, or the kernel does not honour it'
		return
	fi
	runs 0 pfb_load policy=observe
	is 'sysfs' "$(pfb_state "$GPU" "$GPU_BAR")" preserved
	pfb_have_cli || return
	runs 0 "$CLI" status --json --all
	is 'the tool, with the module' "$(cli_state "$GPU" "$GPU_BAR")" preserved
	runs 1 "$CLI" verify
	runs 0 "$CLI" verify --allow-preserved
	runs 0 pfb_unload
	"$CLI" verify --allow-preserved >"$WORK/verify" 2>&1
	rc=$?
	runs 0 "$CLI" status --json --all
	state=$(cli_state "$GPU" "$GPU_BAR")
	# The device tree can be read by anyone, an ACPI method by the kernel only.
	if [ "$(pfb_preserve)" = honoured ]; then
		is 'the tool, without the module' "$state" preserved
		is 'exit of verify' "$rc" 0
	else
		is 'the tool, without the module' "$state" untracked
		isnt 'exit of verify, which cannot know' "$rc" 0
	fi
}

# The register is changed behind the kernel's back, as a reset would, and put back.
behind_the_back()
{
	pfb_declare "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
	runs 0 pfb_load policy=observe
	is 'state before' "$(pfb_state "$GPU" "$GPU_BAR")" verified
}

t_register()
{
	behind_the_back
	pfb_bar_write "$GPU" "$GPU_BAR" "$ELSEWHERE"
	pfb_verify
	moved=$(pfb_state "$GPU" "$GPU_BAR")
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
	pfb_verify
	is 'state with the register elsewhere' "$moved" moved
	is 'state with the register put back' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	like 'log' "$(pfb_log)" "$GPU.*bar$GPU_BAR.*moved"
}

t_uevent()
{
	behind_the_back
	pfb_listen
	pfb_bar_write "$GPU" "$GPU_BAR" "$ELSEWHERE"
	pfb_verify
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
	pfb_verify
	pfb_verify
	pfb_heard 'PFB_STATE=moved' 'PFB_OLD_STATE=moved'
	like 'first event' "$(sed -n 2p "$WORK/events")" "^change@.*/$GPU "
	like 'first event' "$(sed -n 2p "$WORK/events")" " PFB_BAR=bar$GPU_BAR( |\$)"
	like 'first event' "$(sed -n 2p "$WORK/events")" ' PFB_STATE=moved( |$)'
	like 'first event' "$(sed -n 2p "$WORK/events")" 'PFB_OLD_STATE=verified'
	like 'second event' "$(sed -n 3p "$WORK/events")" ' PFB_STATE=verified( |$)'
	like 'second event' "$(sed -n 3p "$WORK/events")" 'PFB_OLD_STATE=moved'
	unlike 'addresses in events that anyone may hear' "$(cat "$WORK/events")" \
		"${GPU_ADDR#0x}|${ELSEWHERE#0x}"
}

# What did not change is not told.
t_uevent_silent()
{
	behind_the_back
	uevents -t 2 PFB_STATE >"$WORK/events" &
	listener=$!
	pfb_wait 5 grep -q listening "$WORK/events"
	pfb_verify
	pfb_verify
	wait "$listener"
	is 'events' "$(sed 1d "$WORK/events")" ''
}

t_trace()
{
	tracing=/sys/kernel/tracing
	[ -d "$tracing/events" ] || mount -t tracefs tracefs "$tracing" 2>/dev/null
	[ -d "$tracing/events" ] || { ktap_lack 'no tracefs'; return; }
	behind_the_back
	events=$tracing/events/$MODULE
	is 'events of the module' "$([ -d "$events" ] && echo there)" there
	echo 1 >"$events/enable"
	: >"$tracing/trace"
	pfb_bar_write "$GPU" "$GPU_BAR" "$ELSEWHERE"
	pfb_verify
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
	pfb_verify
	trace=$(grep "$GPU_PATH bar$GPU_BAR:" "$tracing/trace")
	echo 0 >"$events/enable"
	like 'trace' "$trace" 'verified -> moved'
	like 'trace' "$trace" 'moved -> verified'
}

# An unassigned BAR is known from its having no address anywhere.
if pfb_have_gpu_address; then
	ktap_test 'verified' t_verified
	ktap_test 'verified without an id or a size stated' t_verified_any_id
	ktap_test 'declared' t_declared
	ktap_test 'moved' t_moved
	ktap_test 'hpa-mismatch' t_hpa_mismatch
	ktap_test 'wrong-size' t_wrong_size
	ktap_test 'id-mismatch' t_id_mismatch
	ktap_test 'missing: no such BAR' t_missing_bar
	ktap_test 'missing: no such function' t_missing_function
	ktap_test 'untracked' t_untracked
	ktap_test 'preserved' t_preserved
	ktap_test 'a register that changes behind the kernel: moved, and back' t_register
	ktap_test 'uevents tell of each change, without addresses' t_uevent
	ktap_test 'no uevent without a change' t_uevent_silent
	ktap_test 'tracepoints tell of each change' t_trace
fi
ktap_test 'unassigned' t_unassigned

ktap_run
