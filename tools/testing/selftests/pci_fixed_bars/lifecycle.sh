#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# lifecycle - load and unload, often, with and without anything to do, and while others
# use what the module shows
#
# Needs: root; the module. A provider where there is one.
# Changes: reloads the module.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_may_reload
pfb_roles
pfb_take_all

GOOD=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR
LOOPS=${PFB_LOOPS:-20}

nothing_left()
{
	is 'the module is gone' "$(pfb_loaded || echo gone)" gone
	is 'sysfs groups that are left' "$(ls -d "$PCI"/*/fixed_bars 2>/dev/null)" ''
	is 'folder of the module' "$([ ! -e "$KERNEL" ] || echo there)" ''
	is 'driver' "$([ ! -e "/sys/bus/pci/drivers/$MODULE" ] || echo there)" ''
}

t_no_source()
{
	pfb_no_sources
	runs 0 pfb_load
	is 'version' "$(cat "$KERNEL/version")" "$(modinfo -F version "$MODULE")"
	is 'policy' "$(cat "$KERNEL/policy")" preserve
	is 'conflicts' "$(cat "$KERNEL/errors")" ''
	for bdf in "$PCI"/*; do
		[ ! -e "$bdf/fixed_bars" ] || n=$((${n:-0} + 1))
	done
	isnt 'functions with a group' "${n:-0}" 0
	runs 0 pfb_unload
	nothing_left
}

t_loop()
{
	pfb_no_sources
	! pfb_have_gpu_address || blob manifest "$GOOD" >"$FW_FILE"
	before=$(cat /proc/iomem)
	n=0
	while [ "$n" -lt "$LOOPS" ]; do
		n=$((n + 1))
		modprobe "$MODULE" || ktap_fail "load number $n"
		rmmod "$MODULE" || ktap_fail "unload number $n"
	done
	ktap_pass
	nothing_left
	is '/proc/iomem' "$(cat /proc/iomem)" "$before"
}

# Whoever reads while the module goes gets an answer or an error, never a crash.
t_readers()
{
	pfb_no_sources
	runs 0 pfb_load
	(
		while [ ! -e "$WORK/stop" ]; do
			cat "$PCI"/*/fixed_bars/* "$KERNEL"/sources/* "$KERNEL"/states/*
			echo 1 >"$KERNEL/verify"
		done >/dev/null 2>&1
	) &
	reader=$!
	n=0
	while [ "$n" -lt 5 ]; do
		n=$((n + 1))
		rmmod "$MODULE" || ktap_fail "unload number $n under readers"
		modprobe "$MODULE" || ktap_fail "load number $n under readers"
	done
	ktap_pass
	: >"$WORK/stop"
	wait "$reader"
	runs 0 pfb_unload
	nothing_left
}

t_rescan_meanwhile()
{
	pfb_no_sources
	(
		n=0
		while [ ! -e "$WORK/stop2" ]; do
			echo 1 >/sys/bus/pci/rescan
		done
	) &
	scanner=$!
	n=0
	while [ "$n" -lt 5 ]; do
		n=$((n + 1))
		modprobe "$MODULE" || ktap_fail "load number $n during rescans"
		rmmod "$MODULE" || ktap_fail "unload number $n during rescans"
	done
	ktap_pass
	: >"$WORK/stop2"
	wait "$scanner"
	nothing_left
}

t_bad_parameter()
{
	pfb_no_sources
	pfb_mark
	runs 0 modprobe "$MODULE" nonsense=1
	like 'the kernel says so' "$(pfb_log)" "unknown parameter 'nonsense'"
	pfb_unload
	pfb_mark
	runs 1 modprobe "$MODULE" policy=nonsense
	like 'the log names what is accepted' "$(pfb_log)" 'observe.*preserve.*enforce'
	pfb_unload
}

t_second_load()
{
	pfb_no_sources
	runs 0 pfb_load policy=observe
	runs 0 modprobe "$MODULE" policy=preserve
	is 'policy after a second modprobe' "$(cat "$KERNEL/policy")" observe
	runs 0 pfb_unload
}

ktap_test 'no source at all' t_no_source
ktap_test "load and unload, $LOOPS times" t_loop
ktap_test 'unload while others read and verify' t_readers
ktap_test 'load and unload while the bus is rescanned' t_rescan_meanwhile
ktap_test 'parameters that do not exist, values that do not exist' t_bad_parameter
ktap_test 'a second load changes nothing' t_second_load

ktap_run
