#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# security - an ordinary user learns no address and changes nothing
#
# Needs: root (to load the module and to become an ordinary user); the module; a provider
# with a memory BAR. The tool where it is.
# Changes: reloads the module.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

NOBODY=65534

pfb_begin
pfb_may_reload
pfb_roles
pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
pfb_take_all

HPA=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))
pfb_no_sources
# Stated addresses that are not those of the BARs, too, must not leak.
blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$HPA" >"$FW_FILE"
SECRET="${GPU_ADDR#0x}|${HPA#0x}|$((GPU_ADDR))|$((HPA))"

ours()
{
	find "$PCI"/*/fixed_bars/ "$KERNEL/" "/sys/module/$MODULE/parameters/" -type f
}

t_files()
{
	runs 0 pfb_load policy=observe "fixed_bars=$GPU=bar$GPU_BAR@$GPU_ADDR"
	n=0
	for file in $(ours); do
		n=$((n + 1))
		content=$(runas "$NOBODY" cat "$file" 2>/dev/null)
		unlike "$file, read by a user" "$content" "$SECRET"
		if runas "$NOBODY" sh -c ": >>'$file'" 2>/dev/null; then
			ktap_fail "$file can be written by a user"
		fi
	done
	isnt 'files' "$n" 0
}

# The modes of the interface, one by one: what holds an address is root's.
t_modes()
{
	dir=$PCI/$GPU/fixed_bars
	for name in declared hpa actual explain; do
		is "mode of bar${GPU_BAR}_$name" "$(stat -c %a "$dir/bar${GPU_BAR}_$name")" 400
	done
	is 'mode of error' "$(stat -c %a "$dir/error")" 400
	is 'mode of errors' "$(stat -c %a "$KERNEL/errors")" 400
	is 'mode of verify' "$(stat -c %a "$KERNEL/verify")" 200
	is 'mode of enforce' "$(stat -c %a "$KERNEL/enforce")" 600
	is 'mode of fail_step=' "$(stat -c %a "$PARAMETERS/fail_step")" 600
	is 'mode of fixed_bars=' "$(stat -c %a "$PARAMETERS/fixed_bars")" 400
	for file in "$KERNEL"/sources/*_message; do
		is "mode of $file" "$(stat -c %a "$file")" 400
	done
	for file in $(ours); do
		like "mode of $file" "$(stat -c %a "$file")" '^[0-7][04]4$|^[0-7]00$'
	done
}

# What a user needs to know is there.
t_state()
{
	runs 0 runas "$NOBODY" cat "$PCI/$GPU/fixed_bars/bar${GPU_BAR}_state"
	is 'state' "$ktap_out" hpa-mismatch
	runs 0 runas "$NOBODY" cat "$PCI/$GPU/fixed_bars/path"
	is 'path' "$ktap_out" "$GPU_PATH"
}

t_verify()
{
	if runas "$NOBODY" sh -c "echo 1 >'$KERNEL/verify'" 2>/dev/null; then
		ktap_fail 'a user may have everything checked'
	fi
	is 'root may' "$(pfb_verify && echo yes)" yes
}

t_verify_no()
{
	for text in 0 2 -1 no '' bars; do
		if (echo "$text" >"$KERNEL/verify") 2>/dev/null; then
			ktap_fail "verify took '$text'"
		else
			ktap_pass
		fi
	done
	is 'state afterwards' "$(pfb_state "$GPU" "$GPU_BAR")" hpa-mismatch
}

t_tool()
{
	pfb_have_cli || { ktap_lack "no $CLI"; return; }
	for command in 'status' 'status --json' 'verify' 'verify --json'; do
		# shellcheck disable=SC2086
		out=$(runas "$NOBODY" "$CLI" $command 2>&1)
		rc=$?
		unlike "$command of a user" "$out" "$SECRET"
		if [ "$command" = verify ]; then
			isnt 'exit of verify, which cannot know' "$rc" 0
		fi
	done
}

# log_of_user: the kernel's log as a user has it where kernel.dmesg_restrict is 0
log_of_user()
{
	restrict=$(cat /proc/sys/kernel/dmesg_restrict)
	echo 0 >/proc/sys/kernel/dmesg_restrict
	runas "$NOBODY" dmesg | tail -n +"$lines"
	echo "$restrict" >/proc/sys/kernel/dmesg_restrict
}

# Guest-physical addresses are in it since the PCI core found the BARs; nothing of the host is.
t_log()
{
	lines=$(($(dmesg | wc -l) + 1))
	runs 0 pfb_load policy=observe
	log=$(log_of_user)
	like 'the log names the BAR' "$log" "$GPU.*bar$GPU_BAR hpa-mismatch: at $GPU_ADDR"
	unlike 'the log names a host-physical address' "$log" "${HPA#0x}"
	runs 0 cat "$PCI/$GPU/fixed_bars/bar${GPU_BAR}_explain"
	like 'root is told' "$ktap_out" "$HPA"
	# Refused as a provider, it says so once more.
	echo "$MODULE" >"$PCI/$GPU/driver_override"
	echo "$GPU" >/sys/bus/pci/drivers_probe 2>/dev/null
	echo >"$PCI/$GPU/driver_override"
	unlike 'the log names it when it is refused' "$(log_of_user)" "${HPA#0x}"
	other=$(printf '0x%x' $((HPA ^ (GPU_SIZE << 1))))
	blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$other" >"$WORK/other"
	runs 0 pfb_dev manifest "$WORK/other"
	log=$(log_of_user)
	like 'the log tells of two sources' "$log" 'different host-physical addresses'
	unlike 'the log names one of theirs' "$log" "${HPA#0x}|${other#0x}"
	like 'root is told' "$(cat "$KERNEL/errors")" "$HPA.*$other|$other.*$HPA"
	runs 0 pfb_dev manifest -
	pfb_command "$GPU" 0 2
}

# What the kernel itself has of us: none of it is for everybody.
t_kernel()
{
	runs 0 pfb_load policy=observe
	unlike '/proc/iomem of a user' "$(runas "$NOBODY" cat /proc/iomem)" "${GPU_ADDR#0x}"
	for file in "$KERNEL/../debug/dma_buf/bufinfo" "$KERNEL/../tracing/trace" "$KERNEL/../debug/tracing/trace" \
			"$PCI/$GPU/resource$GPU_BAR" /dev/pci_fixed_bars; do
		[ -e "$file" ] || continue
		if runas "$NOBODY" sh -c ": <'$file'" 2>/dev/null; then
			ktap_fail "a user may open $file"
		else
			ktap_pass
		fi
	done
	# Config space: a user has its first 64 bytes, in which the BARs are: the kernel's own doing.
	is 'bytes of config space for a user' "$(runas "$NOBODY" cat "$PCI/$GPU/config" | wc -c)" 64
}

# A user hears the events; they are checked for addresses by verdicts.sh.
t_uevents()
{
	pfb_listen
	pfb_load policy=observe "fixed_bars=$GPU=bar$GPU_BAR@$GPU_ADDR"
	pfb_heard "/$GPU .*PFB_STATE="
	unlike 'events while loading' "$(cat "$WORK/events")" "$SECRET"
}

ktap_test 'no file of the module gives a user an address, or can be written by one' t_files
ktap_test 'modes of the files' t_modes
ktap_test 'states and paths are for everyone' t_state
ktap_test 'a check is asked for by root only' t_verify
ktap_test 'verify refuses what is no yes' t_verify_no
ktap_test 'the tool tells a user no address' t_tool
ktap_test "the kernel's log has no host-physical address" t_log
ktap_test 'what the kernel has of us is not for a user' t_kernel
ktap_test 'uevents carry no address' t_uevents

ktap_run
