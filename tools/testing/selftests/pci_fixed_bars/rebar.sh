#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# rebar - a BAR that is where it belongs is not resized, by a driver or through sysfs:
# nothing is released, and it is said who refuses, why, and what to do
#
# Needs: root; the module; pfb_rebar.ko, which makes the provider's BAR a resizable one; lspci.
# Changes: reloads the module; without it, may resize and move the provider's BAR.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_must_disturb
pfb_roles
pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
[ ! -e "$PCI/$GPU/driver" ] || ktap_skip_all "$GPU has a driver" skip
pfb_take_all

LOG2_MIB=0
while [ $((1 << (LOG2_MIB + 20))) -lt "$((GPU_SIZE))" ]; do
	LOG2_MIB=$((LOG2_MIB + 1))
done
insmod "$pfb_here/pfb_rebar.ko" "function=$GPU" "bar=$GPU_BAR" "log2_mib=$LOG2_MIB" ||
	ktap_skip_all 'pfb_rebar.ko cannot be loaded' lack
pfb_finally 'rmmod pfb_rebar'
RESIZE=/sys/module/pfb_rebar/parameters/resize
FILE=$PCI/$GPU/resource${GPU_BAR}_resize

load()
{
	GPU_ADDR=$(pfb_bar_addr "$GPU" "$GPU_BAR")
	pfb_no_sources
	blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" >"$FW_FILE"
	runs 0 pfb_load "policy=$1"
}

# resize LOG2_MIB: as a driver does it
resize()
{
	echo "$1" >"$RESIZE"
}

t_capability()
{
	[ -e "$FILE" ] || { ktap_skip 'this kernel resizes nothing through sysfs'; return; }
	is 'sizes offered' "$((0x$(cat "$FILE")))" $((3 << LOG2_MIB))
}

# refused POLICY
refused()
{
	load "$1"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	like 'who refuses, why, and what to do' "$(pfb_attr "$GPU" resize)" \
		'^refused: pci_fixed_bars keeps .* take them away: size the BAR on the host'
	like 'the log' "$(pfb_log)" 'resizing BARs behind it fails from now on, .*: size them on the host'
	pfb_snapshot >"$WORK/before"
	runs 1 resize $((LOG2_MIB + 1))
	like 'the error' "$ktap_out" '524'
	pfb_same_as "$WORK/before" 'what was refused to a driver changed something'
	if [ -e "$FILE" ]; then
		runs 1 sh -c "echo $((LOG2_MIB + 1)) >$FILE"
		like 'the error' "$ktap_out" '524'
		pfb_same_as "$WORK/before" 'what was refused through sysfs changed something'
	fi
	pfb_held 'a resize that was refused'
	pfb_command "$GPU" 0 2
	pfb_data
}

# What the kernel does by itself, so that the tests above are known to test something: it
# tries, and there may be no room. 6.12 has taken the BAR's address away by then.
t_without()
{
	runs 0 pfb_unload
	if resize $((LOG2_MIB + 1)) 2>"$WORK/error"; then
		is 'size' "$(pfb_bar_size "$GPU" "$GPU_BAR")" "$(printf 0x%x $((GPU_SIZE * 2)))"
		runs 0 resize "$LOG2_MIB"
		is 'size as before' "$(pfb_bar_size "$GPU" "$GPU_BAR")" "$GPU_SIZE"
	else
		like 'no refusal, but' "$(cat "$WORK/error")" 'No space left'
		runs 0 pfb_load policy=enforce
		ktap_say "$(cat "$KERNEL/enforce")"
		pfb_held 'a resize that found no room'
		pfb_command "$GPU" 0 2
		pfb_data
	fi
	load observe
	is 'nobody refuses' "$(pfb_attr "$GPU" resize)" allowed
}

ktap_test 'the BAR is resizable' t_capability
ktap_test 'policy=preserve refuses' refused preserve
ktap_test 'policy=enforce refuses' refused enforce
ktap_test 'without the module: the kernel tries' t_without

ktap_run
