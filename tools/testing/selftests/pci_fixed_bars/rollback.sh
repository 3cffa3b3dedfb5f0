#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# rollback - wherever moving BARs fails, all is as it was: /proc/iomem, every register
# and every driver, byte by byte
#
# Needs: root; the module; a provider and an NVMe under one switch; lspci.
# Changes: reloads the module; moves BARs.
#
#	PFB_TARGET, PFB_OTHER	as in enforce.sh

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_moving

T1=${PFB_TARGET:-0x6b8000000000}
T2=${PFB_OTHER:-0x6c0000000000}
[ "$((GPU_ADDR))" != "$((T1))" ] || T1=$T2
# The NVMe's BAR goes to the other end of what is free beside it.
NIC_TO=$(printf 0x%x $((NIC_ADDR ^ NIC_SIZE)))
ENFORCE=$KERNEL/enforce

# All of config space, 256 or 4096 bytes of each function. Few processes: this is done
# once for each step.
everything()
{
	cat /proc/iomem "$PCI"/*/resource
	stat -c %N "$PCI"/*/driver
	cat "$PCI"/*/config | od -An -v -tx1
}

failed_steps()
{
	step=0
	steps=0
	while step=$((step + 1)); do
		echo "$step" >"$PARAMETERS/fail_step"
		if echo 1 >"$ENFORCE" 2>/dev/null; then
			echo 0 >"$PARAMETERS/fail_step"
			break
		fi
		everything >"$WORK/now"
		if ! cmp -s "$WORK/before" "$WORK/now"; then
			diff "$WORK/before" "$WORK/now" >"$WORK/diff"
			ktap_fail "step $step left something: $(head -n 12 "$WORK/diff")"
			echo 0 >"$PARAMETERS/fail_step"
			return
		fi
		like "what is said of step $step" "$(cat "$ENFORCE")" "refused: step $step failed"
		[ "$ktap_state" != fail ] || return
	done
	steps=$((step - 1))
}

t_every_step()
{
	pfb_no_sources
	blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$T1+$GPU_SIZE=$T1" \
		"$NIC_PATH,id=$NIC_ID,bar0@$NIC_TO+$NIC_SIZE=$NIC_TO" >"$FW_FILE"
	runs 0 pfb_load policy=preserve
	is 'state of the provider' "$(pfb_state "$GPU" "$GPU_BAR")" moved
	is 'state of the neighbour' "$(pfb_state "$NIC" 0)" moved
	everything >"$WORK/before"
	failed_steps
	ktap_say "$steps steps failed and were undone"
	is 'steps, at least' "$([ "$steps" -ge 20 ] && echo enough)" enough
	is 'steps that the report knows' "$(sed -n 's/.*done: \([0-9]*\) steps.*/\1/p' "$ENFORCE")" "$steps"
	GPU_ADDR=$T1
	pfb_held 'the last time'
	is 'state of the neighbour' "$(pfb_state "$NIC" 0)" verified
	is 'driver of the neighbour' "$(basename "$(readlink -f "$PCI/$NIC/driver")")" nvme
	pfb_wait 20 pfb_has_disk
	pfb_data
}

# The address is one that something else than a PCI function has: known only when it
# is claimed, after the driver was released.
t_unload_after()
{
	runs 0 pfb_unload
	is 'driver of the neighbour' "$(basename "$(readlink -f "$PCI/$NIC/driver")")" nvme
	is 'the BAR stays where it was moved' "$(pfb_bar_addr "$GPU" "$GPU_BAR")" "$T1"
}

ktap_test 'every step fails once, and everything is as it was' t_every_step
ktap_test 'what was moved stays when the module goes' t_unload_after

ktap_run
