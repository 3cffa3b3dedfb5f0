#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# provider - a verified BAR is offered for peer-to-peer DMA and nothing else is; the
# data arrives, every byte in its place, in both directions
#
# Needs: root; the module; a provider without a driver; a kernel with
# CONFIG_PCI_P2PDMA (7.x of Debian), else only the one line that says so is checked;
# for the data an NVMe under the same switch whose content may be overwritten
# (PFB_DISK; in the bench the client's first namespace).
# Changes: binds the provider; overwrites the first MiBs of that disk.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

driver()
{
	[ ! -e "$PCI/$GPU/driver" ] || basename "$(readlink -f "$PCI/$GPU/driver")"
}

pfb_begin
pfb_may_reload
pfb_roles
pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
[ ! -e "$PCI/$GPU/driver" ] || [ "$(driver)" = "$MODULE" ] ||
	ktap_skip_all "$GPU belongs to another driver" lack
pfb_take_all

P2PMEM=$PCI/$GPU/p2pmem
GOOD=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR
ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))
pfb_finally 'release'

# By name, as an operator does it; the bind fails where the BAR is refused.
offer()
{
	echo "$MODULE" >"$PCI/$GPU/driver_override"
	echo "$GPU" >/sys/bus/pci/drivers_probe
}

release()
{
	[ ! -e "$PCI/$GPU/driver" ] || echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
}

load()
{
	release 2>/dev/null
	blob manifest "$1" >"$WORK/manifest"
	pfb_no_sources
	cp "$WORK/manifest" "$FW_FILE"
	shift
	pfb_load "$@"
}

need_p2pdma()
{
	pfb_has_p2pdma && return
	ktap_skip "kernel $(uname -r) has no CONFIG_PCI_P2PDMA"
	return 1
}

registered()
{
	[ "$(pfb_attr "$GPU" provider)" = registered ]
}

offered()
{
	is 'driver' "$(driver)" "$MODULE"
	is 'provider' "$(pfb_attr "$GPU" provider)" registered
	is 'size of p2pmem' "$(($(cat "$P2PMEM/size")))" "$((GPU_SIZE))"
	is 'published' "$(cat "$P2PMEM/published")" 1
}

# refused ERE: not bound, nothing registered, and the reason is said
refused()
{
	is 'p2pmem' "$([ ! -e "$P2PMEM" ] || echo there)" ''
	like 'provider' "$(pfb_attr "$GPU" provider)" "$1"
	unlike 'addresses for everyone to read' "$(pfb_attr "$GPU" provider)" '0x[0-9a-f]{6}'
	like 'log' "$(pfb_log | grep "$GPU")" "$1"
}

# one_line WHAT: the log has one line about it, and no other word for it from the driver core
one_line()
{
	is "lines that say '$1'" "$(pfb_log | grep "$GPU" | grep -cE "$1")" 1
	is 'lines that say refused' "$(pfb_log | grep "$GPU" | grep -c 'refused')" 0
	is 'failures of the driver core' "$(pfb_log | grep "$GPU" | grep -c 'failed with error')" 0
}

t_without_p2pdma()
{
	if pfb_has_p2pdma; then
		ktap_skip "kernel $(uname -r) has CONFIG_PCI_P2PDMA"
		return
	fi
	runs 0 load "$GOOD"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	is 'lines in the log' "$(pfb_log | grep -c CONFIG_PCI_P2PDMA)" 1
	offer 2>/dev/null
	like 'provider' "$(pfb_attr "$GPU" provider)" CONFIG_PCI_P2PDMA
	release
}

t_override()
{
	need_p2pdma || return
	runs 0 load "$GOOD"
	is 'driver before' "$(driver)" ''
	is 'provider before' "$(pfb_attr "$GPU" provider)" none
	runs 0 offer
	offered
	release
	is 'provider after' "$(pfb_attr "$GPU" provider)" none
	is 'p2pmem after' "$([ ! -e "$P2PMEM" ] || echo there)" ''
	runs 0 offer
	offered
	release
}

t_flag()
{
	need_p2pdma || return
	runs 0 load "$GOOD,provider"
	pfb_wait 30 registered
	offered
}

t_no_flag()
{
	runs 0 load "$GOOD,client"
	is 'driver' "$(driver)" ''
}

t_refused()
{
	need_p2pdma || return
	ere=$1
	runs 0 load "$2" policy=observe "$3"
	offer 2>/dev/null
	refused "$ere"
	one_line 'not provided: '
	release
}

t_refused_flag()
{
	need_p2pdma || return
	runs 0 load "$GPU_PATH,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE,provider" policy=observe
	refused moved
	one_line 'not provided: bar'"$GPU_BAR"' is moved: expected '
}

t_allow_declared()
{
	need_p2pdma || return
	runs 0 load "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE" allow_declared=1
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" declared
	runs 0 offer
	offered
	release
}

# What is provided is taken back when its verdict changes, and given again when it is
# good again.
t_withdrawn()
{
	need_p2pdma || return
	runs 0 load "$GOOD" policy=observe
	runs 0 offer
	offered
	pfb_bar_write "$GPU" "$GPU_BAR" "$ELSEWHERE"
	pfb_verify
	pfb_wait 30 test ! -e "$P2PMEM"
	refused moved
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
	pfb_verify
	pfb_wait 30 registered
	offered
	release
}

# Its struct pages take memory once: a BAR that is provided is not taken back because
# there would not be room for them a second time.
t_memory()
{
	need_p2pdma || return
	if [ "${PFB_BENCH:-0}" != 1 ]; then
		ktap_skip 'fills all memory but a little'
		return
	fi
	pages=$((GPU_SIZE * 64 / $(pfb_page_size)))
	if [ "$pages" -lt $((32 << 20)) ]; then
		ktap_skip 'its pages take too little memory to tell, less than 32 MiB'
		return
	fi
	runs 0 load "$GOOD" policy=observe
	mkdir -p "$WORK/ballast"
	runs 0 mount -t tmpfs -o size=95% ballast "$WORK/ballast"
	# Half of what is left may go into pages: two and a half times as much is enough
	# for them, and one and a half is not.
	available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	runs 0 dd if=/dev/zero of="$WORK/ballast/zero" bs=1M \
		count=$(((available * 1024 - pages * 5 / 2) >> 20))
	runs 0 offer
	ktap_say "available before and after: $available kB, $(sed -n 's/^MemAvailable: *//p' /proc/meminfo)"
	sleep 1
	umount "$WORK/ballast"
	offered
	release
}

t_unload_bound()
{
	need_p2pdma || return
	runs 0 load "$GOOD"
	runs 0 offer
	offered
	runs 0 pfb_unload
	is 'p2pmem' "$([ ! -e "$P2PMEM" ] || echo there)" ''
	is 'driver' "$(driver)" ''
	like '/proc/iomem' "$(cat /proc/iomem)" "$(printf '%x-%x : %s' $((GPU_ADDR)) $((GPU_ADDR + GPU_SIZE - 1)) "$GPU")"
}

disk()
{
	pfb_disk && return
	ktap_lack "$pfb_no_disk"
	return 1
}

# t_data DIRECTION SIZE
t_data()
{
	need_p2pdma || return
	[ -n "$NIC" ] || { ktap_lack "no NVMe under the switch of $GPU"; return; }
	disk || return
	if [ "$2" -gt "$((GPU_SIZE))" ]; then
		ktap_skip "the BAR has only $GPU_SIZE bytes"
		return
	fi
	if [ "$(driver)" != "$MODULE" ]; then
		runs 0 load "$GOOD"
		runs 0 offer
	fi
	seed=$(($2 + ${#1}))
	runs 0 p2p_data -s "$2" -S "$seed" "$1" "$P2PMEM/allocate" "$DISK"
	like 'bytes compared' "$ktap_out" "$2 bytes, each equal"
}

# Behind another root port the kernel refuses, or knows a host bridge that forwards;
# what must never happen is wrong data.
t_far()
{
	need_p2pdma || return
	if [ -z "$FAR" ] || [ "${PFB_BENCH:-0}" != 1 ]; then
		ktap_skip 'no disk behind another root port whose content may be overwritten'
		return
	fi
	runs 0 load "$GOOD"
	runs 0 offer
	for direction in to-bar from-bar; do
		out=$(p2p_data -s 65536 "$direction" "$P2PMEM/allocate" "$(pfb_namespace "$FAR")" 2>&1)
		like "exit, $direction" $? '^[03]$'
		like "what it says, $direction" "$out" 'each equal|Invalid argument|not supported|I/O error'
		ktap_say "$direction: $out"
	done
}

# The memory that was tested is the BAR's: what DMA put there is found through the
# BAR's own file, once nobody provides it any more.
t_is_the_bar()
{
	need_p2pdma || return
	[ -n "$NIC" ] || { ktap_lack "no NVMe under the switch of $GPU"; return; }
	disk || return
	runs 0 load "$GOOD"
	runs 0 offer
	runs 0 p2p_data -s 1048576 -S 4711 to-bar "$P2PMEM/allocate" "$DISK"
	release
	runs 0 p2p_data -s 1048576 -S 4711 find "$PCI/$GPU/resource$GPU_BAR"
	like 'bytes compared' "$ktap_out" '1048576 bytes, each equal'
	runs 1 p2p_data -s 1048576 -S 4712 find "$PCI/$GPU/resource$GPU_BAR"
}

ktap_test 'without CONFIG_PCI_P2PDMA: one clear line, and all else works' t_without_p2pdma
ktap_test 'bound by driver_override: offered, and withdrawn at unbind' t_override
ktap_test 'bound by the provider flag of the manifest' t_flag
ktap_test 'not bound without being asked' t_no_flag
ktap_test 'refused: nothing declared' t_refused 'no BAR to provide' "0000:00:1f.7/1f.7,bar0@0x1000" allow_declared=1
ktap_test 'refused: only declared' t_refused 'declared' "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE" allow_declared=0
ktap_test 'refused: moved, whatever is allowed' t_refused 'moved' "$GPU_PATH,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE" allow_declared=1
ktap_test 'refused: hpa-mismatch, whatever is allowed' t_refused 'hpa-mismatch' "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" allow_declared=1
ktap_test 'refused: id-mismatch, whatever is allowed' t_refused 'id-mismatch|no BAR to provide' "$GPU_PATH,id=10de:2330,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" allow_declared=1
ktap_test 'refused: flagged as provider, but moved' t_refused_flag
ktap_test 'declared, with allow_declared=1: offered' t_allow_declared
for size in 4096 65536 1048576 8388608; do
	ktap_test "data, NVMe to BAR, $size bytes" t_data to-bar "$size"
	ktap_test "data, BAR to NVMe, $size bytes" t_data from-bar "$size"
done
ktap_test 'from behind another root port: refused, or right' t_far
ktap_test 'the memory that DMA reached is the BAR' t_is_the_bar
ktap_test 'taken back when the verdict changes' t_withdrawn
ktap_test 'its pages take memory once' t_memory
ktap_test 'unload while bound' t_unload_bound

ktap_run
