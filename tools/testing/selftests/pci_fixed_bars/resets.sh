#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# resets - after resets, errors and a suspend, register, resource and verdict agree and the
# data arrives; what restored or lost an address is noticed without being asked, and
# repaired under policy=enforce
#
# Needs: root; the module; a provider and an NVMe under one switch; lspci, setpci; for
# injected errors, the bench's topology "rfc" and its host.
# Changes: reloads the module; moves BARs; resets functions, links and the switch;
# suspends for some seconds (pm_test); overwrites the first MiBs of the disk.
#
#	PFB_TARGET, PFB_OTHER	as in enforce.sh

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_moving

FROM=$GPU_ADDR
TO=${PFB_TARGET:-0x6b8000000000}
[ "$((FROM))" != "$((TO))" ] || TO=${PFB_OTHER:-0x6c0000000000}
ENFORCE=$KERNEL/enforce
PORT=$(pfb_parent "$GPU")
ROOT=$(pfb_root_port "$GPU")
GPU_ADDR=$TO	# from the first load on

# load POLICY: where it is to be; moved there under enforce
load()
{
	pfb_no_sources
	blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$TO+$GPU_SIZE=$TO" >"$FW_FILE"
	runs 0 pfb_load "policy=$1"
}

is_verified()
{
	[ "$(pfb_state "$GPU" "$GPU_BAR")" = verified ] &&
		[ "$(pfb_registered "$GPU" "$GPU_BAR")" = "$TO" ]
}

has_state()
{
	[ "$(pfb_state "$GPU" "$GPU_BAR")" = "$1" ]
}

have_disk()
{
	[ -n "$(pfb_namespace "$NIC")" ] &&
		dd "if=$(pfb_namespace "$NIC")" of=/dev/null bs=64k count=4 iflag=direct
}

# The report of the last repair is kept, which this would replace.
nothing_to_move()
{
	! grep -q ' done:' "$ENFORCE" || cat "$ENFORCE" >"$WORK/report"
	"$CLI" enforce --dry-run >"$WORK/plan" && grep -q '^nothing to move$' "$WORK/plan"
}

# agrees WHEN: nobody asks for a check; registers of windows are what enforce looks at.
# What was repaired is left in $WORK/report.
agrees()
{
	pfb_wait 20 is_verified
	pfb_held "$1"
	pfb_wait 30 have_disk
	is "a disk that reads after $1" "$(have_disk 2>/dev/null && echo reads)" reads
	cat "$ENFORCE" >"$WORK/report"
	pfb_wait 20 nothing_to_move
	is "windows and BARs after $1" "$(grep -v '^nothing to move$' "$WORK/plan")" ''
	# Decoding is for whoever uses a function to turn on.
	pfb_command "$GPU" 0 2
	pfb_data
}

# untouched WHEN: what was restored was right, and nothing had to be repaired
untouched()
{
	unlike "the log after $1" "$(pfb_log)" 'moved to where they were|(bar[0-9]|window).* moved:'
}

# sysfs_reset BDF METHOD
sysfs_reset()
{
	grep -qw "$2" "$PCI/$1/reset_method" || { ktap_lack "$1 has no reset method $2"; return 1; }
	methods=$(cat "$PCI/$1/reset_method")
	echo "$2" >"$PCI/$1/reset_method"
	runs 0 sh -c "echo 1 >$PCI/$1/reset"
	echo "$methods" >"$PCI/$1/reset_method"
}

# link_reset PORT: of what is behind it; nobody restores anything
link_reset()
{
	control=$(setpci -s "$1" BRIDGE_CONTROL)
	setpci -s "$1" BRIDGE_CONTROL="$(printf %x $((0x$control | 0x40)))"
	sleep 0.2
	setpci -s "$1" BRIDGE_CONTROL="$control"
}

# aer ID ERROR: QEMU's device ID reports it
aer()
{
	runs 0 pfb-host qmp "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"pcie_aer_inject_error $*\"}}"
	like 'QEMU injects it' "$ktap_out" 'OK id'
}

can_inject()
{
	command -v pfb-host >/dev/null || { ktap_skip 'no host that injects errors'; return 1; }
	case $GPU_PATH in
	0000:00:01.0/00.0/00.0/00.0) ;;
	*) ktap_skip 'not the topology whose ports are rp1, up1 and dp0'; return 1 ;;
	esac
}

# injected ERE: the kernel has dealt with it
injected()
{
	pfb_wait 15 has_logged "$1"
	like 'the log of the error' "$(pfb_log)" "$1"
}

has_logged()
{
	pfb_log | grep -Eq "$1"
}

t_bus_reset()
{
	load enforce
	pfb_mark
	sysfs_reset "$GPU" bus || return
	agrees 'a reset of the bus'
	untouched 'a reset of the bus'
}

t_flr()
{
	load enforce
	pfb_mark
	sysfs_reset "$NIC" flr || return
	agrees 'an FLR of the neighbour'
	untouched 'an FLR of the neighbour'
}

# Told, and not repaired: that is for enforce.
t_noticed()
{
	load enforce
	load preserve
	pfb_listen
	link_reset "$PORT"
	pfb_wait 10 has_state moved
	is 'state after a reset of the link' "$(pfb_state "$GPU" "$GPU_BAR")" moved
	pfb_heard "/$GPU .*PFB_STATE=moved"
	like 'why' "$(pfb_attr "$GPU" "bar$GPU_BAR"_explain)" 'register holds 0x0, .*pci-fixed-bars enforce'
	runs 0 "$CLI" enforce
	agrees 'enforcing on request'
}

t_repaired()
{
	load enforce
	link_reset "$PORT"
	agrees 'a reset of the link'
	like 'the report' "$(cat "$WORK/report")" "rewrite $GPU bar$GPU_BAR: $TO-"
}

# What recovery would do with a state that was saved before the move.
t_old_address()
{
	load enforce
	pfb_bar_write "$GPU" "$GPU_BAR" "$FROM"
	agrees 'an old address that was restored'
	like 'the report' "$(cat "$WORK/report")" "rewrite $GPU bar$GPU_BAR: $TO-"
}

# Every BAR is where it belongs, and none is reached.
t_old_window()
{
	load enforce
	load preserve
	old=$(setpci -s "$PORT" 24.l)
	setpci -s "$PORT" 24.l=0000fff0
	pfb_wait 10 has_state moved
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" moved
	like 'why' "$(pfb_attr "$GPU" "bar$GPU_BAR"_explain)" 'a bridge above it forwards another range'
	setpci -s "$PORT" 24.l="$old"
	pfb_wait 10 is_verified
	is 'state with the window put back' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	load enforce
	setpci -s "$PORT" 24.l=0000fff0
	pfb_wait 10 grep -q 'rewrite .* window:' "$ENFORCE"
	agrees 'an old window that was restored'
	like 'the report' "$(cat "$WORK/report")" "rewrite $PORT prefetchable window: $TO-"
	unlike 'the report' "$(cat "$WORK/report")" "bar$GPU_BAR|^ *restart"
}

# t_recoverable CORRECTABLE|NONFATAL: of each port above the provider
t_recoverable()
{
	can_inject || return
	load enforce
	for id in rp1 up1 dp0; do
		pfb_mark
		case $1 in
		correctable)
			aer -c "$id" 0x1
			injected 'AER: .*[Cc]orrect'
			;;
		non-fatal)
			aer "$id" POISON_TLP
			injected 'recovery (failed|successful)'
			;;
		esac
	done
	agrees "three $1 errors"
	untouched "three $1 errors"
}

# A fatal error resets what is below. The provider has no driver, so that the kernel
# gives the recovery up, and leaves the switch as the reset made it.
t_fatal()
{
	can_inject || return
	load enforce
	pfb_mark
	aer "$1" DLP
	injected 'recovery (failed|successful)'
	agrees "a fatal error of $1"
	# The state that was restored is that after the move.
	unlike 'the report' "$(cat "$WORK/report")" 'window'
	unlike 'windows that were wrong' "$(pfb_log)" 'forwards another range'
}

# With a driver for each function the kernel recovers, from what was saved.
t_fatal_recovered()
{
	can_inject || return
	pfb_has_p2pdma || { ktap_skip 'no driver takes the provider: no CONFIG_PCI_P2PDMA'; return; }
	load enforce
	echo "$MODULE" >"$PCI/$GPU/driver_override"
	runs 0 sh -c "echo $GPU >/sys/bus/pci/drivers_probe"
	is 'provider' "$(pfb_attr "$GPU" provider)" registered
	for id in dp0 up1 rp1; do
		pfb_mark
		aer "$id" DLP
		injected 'recovery successful'
		pfb_wait 20 is_verified
		pfb_held "a fatal error of $id"
		untouched "a fatal error of $id"
		is 'provider' "$(pfb_attr "$GPU" provider)" registered
	done
	echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
	agrees 'three fatal errors'
}

# Its ports lose their bus numbers, and nobody behind them answers.
t_switch_reset()
{
	load enforce
	load preserve
	link_reset "$ROOT"
	pfb_wait 10 has_state missing
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" missing
	like 'why' "$(pfb_attr "$GPU" "bar$GPU_BAR"_explain)" 'after a reset or an error: pci-fixed-bars enforce'
	runs 0 "$CLI" enforce --dry-run
	like 'the plan' "$ktap_out" "restore $(pfb_switch "$GPU"): a reset cleared it"
	runs 0 "$CLI" enforce
	agrees 'enforcing on request'
	load enforce
	link_reset "$ROOT"
	agrees 'a reset of the switch'
	like 'the log' "$(pfb_log)" "$PORT: .*a reset had cleared it, and nobody restored it: restored"
}

# Longer than it takes to see that nobody answers: the slot has no power for a while. Its power
# indicator is on meanwhile, which says that what is in it stays there. What comes back
# then is cleared, and was missing before.
t_slow_reset()
{
	[ "$((0x$(setpci -s "$ROOT" CAP_EXP+14.L) & 2))" != 0 ] ||
		{ ktap_skip "the slot of $ROOT has no power controller"; return; }
	control=$(setpci -s "$ROOT" CAP_EXP+18.W)
	lit=$(((0x$control & ~0x300) | 0x100))
	load enforce
	setpci -s "$ROOT" CAP_EXP+18.W="$(printf %x "$lit")"
	setpci -s "$ROOT" CAP_EXP+18.W="$(printf %x $((lit | 0x400)))"
	pfb_wait 10 has_state missing
	is 'state without power' "$(pfb_state "$GPU" "$GPU_BAR")" missing
	sleep 3
	setpci -s "$ROOT" CAP_EXP+18.W="$(printf %x "$lit")"
	setpci -s "$ROOT" CAP_EXP+18.W="$control"
	agrees 'a slow reset of the switch'
}

# suspend_to LEVEL: to that level and back, within seconds
suspend_to()
{
	echo "$1" >/sys/power/pm_test
	runs 0 sh -c 'echo freeze >/sys/power/state'
	echo none >/sys/power/pm_test
}

can_suspend()
{
	if [ ! -w /sys/power/pm_test ] || ! grep -q freeze /sys/power/state; then
		ktap_skip 'this kernel cannot suspend for a test (CONFIG_PM_DEBUG)'
		return 1
	fi
}

# Not looked at from time to time: it is resuming that has it checked.
t_suspend()
{
	can_suspend || return
	load enforce
	echo 0 >"$PARAMETERS/recheck_ms"
	pfb_mark
	suspend_to platform
	agrees 'a suspend'
	untouched 'a suspend'
	pfb_bar_write "$GPU" "$GPU_BAR" "$FROM"
	sleep 2
	is 'state before the suspend' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	suspend_to devices
	agrees 'a suspend that saved an old address'
}

ktap_test 'a reset of the bus of the provider' t_bus_reset
ktap_test 'an FLR of the neighbour' t_flr
ktap_test 'a reset of the link is noticed' t_noticed
ktap_test 'a reset of the link is repaired' t_repaired
ktap_test 'an old address is noticed, and repaired' t_old_address
ktap_test 'an old window is noticed, and repaired' t_old_window
ktap_test 'correctable errors' t_recoverable correctable
ktap_test 'non-fatal errors' t_recoverable non-fatal
ktap_test 'fatal errors that the kernel recovers from' t_fatal_recovered
ktap_test 'a fatal error of the downstream port' t_fatal dp0
ktap_test 'a fatal error of the upstream port' t_fatal up1
ktap_test 'a fatal error of the root port' t_fatal rp1
ktap_test 'a reset of the switch' t_switch_reset
ktap_test 'a reset of the switch that takes long' t_slow_reset
ktap_test 'a suspend' t_suspend

ktap_run
