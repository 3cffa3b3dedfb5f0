#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# bandwidth - peer-to-peer against DMA to RAM and against bouncing through RAM, measured
# in turn; the data is checked, and no path that should be fast is absurdly slow
#
# Needs: root; the module; the tool; CONFIG_PCI_P2PDMA; a provider and an NVMe under the
# same switch whose content may be overwritten (PFB_DISK; in the bench the client's first).
# It is no performance gate: emulators on shared machines are too noisy for one.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_may_reload
pfb_roles
pfb_have_cli || ktap_skip_all "no $CLI" lack
pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
[ -n "$NIC" ] || ktap_skip_all "no NVMe under the switch of $GPU" lack
pfb_has_p2pdma ||
	ktap_skip_all "kernel $(uname -r) has no CONFIG_PCI_P2PDMA" skip
pfb_disk || ktap_skip_all "$pfb_no_disk" lack
pfb_take_all

SIZES='4096 16384 65536 262144 1048576 2097152 4194304 8388608'

t_bench()
{
	pfb_no_sources
	blob manifest "$GPU_PATH,id=$GPU_ID,provider,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" >"$FW_FILE"
	runs 0 pfb_load
	pfb_wait 30 test -e "$PCI/$GPU/p2pmem/published"
	"$CLI" bench --overwrite --rounds 5 --json "$GPU" "$DISK" >"$WORK/bench.json" 2>"$WORK/errors"
	is 'exit' $? 0
	is 'errors' "$(cat "$WORK/errors")" ''
	runs 0 jsonq "$WORK/bench.json"
	cp "$WORK/bench.json" /results/bandwidth.json 2>/dev/null
}

value()
{
	jsonq "$WORK/bench.json" "$1"
}

t_sane()
{
	[ -s "$WORK/bench.json" ] || { ktap_fail 'there is no result'; return; }
	is 'every byte was compared' "$(value every_byte_compared)" true
	is 'unit' "$(value unit)" MiB/s
	for direction in read write; do
		for size in $SIZES; do
			at="results[direction=$direction&bytes=$size]"
			for way in p2p ram bounce p2p_ratio_to.ram p2p_ratio_to.bounce; do
				like "$way, $direction of $size bytes" "$(value "$at.$way")" \
					'^[0-9.]*[1-9][0-9.]*$'
			done
		done
	done
}

# One in twenty would be no peer-to-peer at all.
t_not_absurd()
{
	[ -s "$WORK/bench.json" ] || { ktap_fail 'there is no result'; return; }
	for direction in read write; do
		for size in $SIZES; do
			at="results[direction=$direction&bytes=$size].p2p_ratio_to"
			ratio=$(value "$at.ram")
			ktap_say "$direction of $size bytes: P2P is $ratio of RAM, $(value "$at.bounce") of bounce"
			[ "$size" -ge 65536 ] || continue
			is "ratio at $size is over 0.05" "$(echo "$ratio" | awk '{ print ($1 > 0.05) }')" 1
		done
	done
}

ktap_test 'the benchmark runs, and what it prints is JSON' t_bench
ktap_test 'each size was measured each way, and its data checked' t_sane
ktap_test 'peer-to-peer is in the range of DMA to RAM' t_not_absurd

ktap_run
