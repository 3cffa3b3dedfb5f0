#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# sources - what is read, from which channel, and what happens when it is wrong
#
# Needs: root; the module; a provider with a memory BAR (ivshmem in the bench) and
# an NVMe under the same switch. With the fw_cfg tests: qemu_fw_cfg.
# Changes: reloads the module; puts a scratch folder before /lib/firmware and an
# empty one over fw_cfg's names while it runs, so that each source is on or off.
#
# Addresses that are declared as right are those at which the BARs are now, so it
# runs on any machine, wherever its BARs are.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_may_reload
pfb_roles
pfb_take_all

# What holds for the GPU while nobody says anything.
SILENT=
NO_HPA=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE
GOOD=$NO_HPA=$GPU_ADDR
# Free for sure: twice its size beyond.
ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))
PARAM=$GPU_PATH=bar$GPU_BAR@$GPU_ADDR

manifest_file()
{
	blob manifest "$@" >"$FW_FILE"
}

manifest_fw_cfg()
{
	blob manifest "$@" | pfb_fw_cfg opt/org.pci-fixed-bars/manifest
}

# v2 states a window, and all but one test want the BAR to be in it.
blob_fw_cfg()
{
	blob fixed-bars -w 0x1000+0x7000000000000000 "$@" | pfb_fw_cfg etc/fixed-bars
}

need_fw_cfg()
{
	[ -n "${FW_CFG:-}" ] && return
	ktap_lack 'no /sys/firmware/qemu_fw_cfg: not a QEMU guest, or no driver qemu_fw_cfg'
	return 1
}

# --- each alone --------------------------------------------------------------

t_silent()
{
	pfb_no_sources
	runs 0 pfb_load
	SILENT=$(pfb_state "$GPU" "$GPU_BAR")
	case $(pfb_preserve) in
	honoured) is 'state' "$SILENT" preserved ;;
	unknown) like 'state' "$SILENT" '^(untracked|preserved)$' ;;
	*) is 'state' "$SILENT" untracked ;;
	esac
	for source in fw_cfg_fixed_bars fw_cfg_manifest firmware_file parameter; do
		is "status of $source" "$(pfb_source "$source" status)" absent
	done
	is 'errors' "$(cat "$KERNEL/errors")" ''
	unlike 'log' "$(pfb_log)" '^pci_fixed_bars: (source (fw_cfg|firmware|parameter)|[0-9a-f]{4}:)'
}

t_param()
{
	pfb_no_sources
	runs 0 pfb_load "fixed_bars=$PARAM"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" declared
	is 'declared' "$(pfb_attr "$GPU" "bar${GPU_BAR}_declared")" "$GPU_ADDR"
	like 'source' "$(pfb_attr "$GPU" "bar${GPU_BAR}_source")" '^parameter:fixed_bars$'
	is 'status' "$(pfb_source parameter status)" ok
	is 'functions' "$(pfb_source parameter functions)" 1
}

t_param_bdf()
{
	pfb_no_sources
	runs 0 pfb_load "fixed_bars=$GPU=bar$GPU_BAR@$GPU_ADDR"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" declared
}

t_param_two()
{
	[ -n "$NIC" ] || { ktap_lack 'no client under the same switch'; return; }
	pfb_no_sources
	runs 0 pfb_load "fixed_bars=$PARAM;$NIC_PATH=bar0@$NIC_ADDR;"
	is 'state of the first' "$(pfb_state "$GPU" "$GPU_BAR")" declared
	is 'state of the second' "$(pfb_state "$NIC" 0)" declared
}

t_file()
{
	pfb_no_sources
	manifest_file "$GOOD,clique=7"
	runs 0 pfb_load
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	is 'declared' "$(pfb_attr "$GPU" "bar${GPU_BAR}_declared")" "$GPU_ADDR"
	is 'HPA' "$(pfb_attr "$GPU" "bar${GPU_BAR}_hpa")" "$GPU_ADDR"
	is 'actual' "$(pfb_attr "$GPU" "bar${GPU_BAR}_actual")" "$GPU_ADDR"
	is 'clique' "$(pfb_attr "$GPU" clique)" 7
	like 'path' "$(pfb_attr "$GPU" path)" "$GPU_PATH\$"
	like 'source' "$(pfb_attr "$GPU" "bar${GPU_BAR}_source")" 'manifest.bin'
}

t_fw_cfg_manifest()
{
	need_fw_cfg || return
	pfb_no_sources
	manifest_fw_cfg "$GOOD"
	runs 0 pfb_load
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	like 'source' "$(pfb_attr "$GPU" "bar${GPU_BAR}_source")" 'fw_cfg:opt/org.pci-fixed-bars/manifest'
}

# The blob lists every function with a memory BAR, depth first.
all_functions()
{
	for root in /sys/devices/pci*:* /sys/devices/platform/*/pci*:*; do
		[ ! -d "$root" ] || functions_below "$root"
	done
}

functions_below()
{
	for below in "$1"/????:??:??.?; do
		[ -d "$below" ] || continue
		echo "${below##*/}"
		functions_below "$below"
	done
}

memory_bars()
{
	awk 'NR <= 6 && substr($3, length($3) - 2, 1) ~ /[2367abef]/' "$PCI/$1/resource" | grep -q .
}

# The bus that the root port is on, in decimal.
root_bus()
{
	printf '%d' "0x$(pfb_root_port "$1" | cut -d: -f2)"
}

# v1_entries [ADDRESS]: one argument for blob per function, the GPU's fixed
v1_entries()
{
	all_functions >"$WORK/all"
	while read -r bdf; do
		memory_bars "$bdf" || continue
		entry=$(pfb_path "$bdf"),id=$(pfb_id "$bdf"),rp=$(root_bus "$bdf")
		[ "$bdf" != "$GPU" ] ||
			entry=$entry,fixed,bar$GPU_BAR@${1:-$GPU_ADDR}+$GPU_SIZE!3
		echo "$entry,fw=$(openfirmware "$bdf")"
	done <"$WORK/all"
}

# openfirmware BDF: /pcie@4010000000/pci-bridge@1/.../device@0
openfirmware()
{
	text=/pcie@4010000000
	for hop in $(pfb_path "$1" | cut -d: -f3 | tr / ' '); do
		dev=$(echo "${hop%.*}" | sed 's/^0//')
		text=$text/pci-bridge@${dev:-0}
		[ "${hop#*.}" = 0 ] || text=$text,${hop#*.}
	done
	echo "$text"
}

t_blob_v1()
{
	need_fw_cfg || return
	pfb_no_sources
	# shellcheck disable=SC2046
	blob_fw_cfg "$1" $(v1_entries)
	runs 0 pfb_load
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" declared
	like 'source' "$(pfb_attr "$GPU" "bar${GPU_BAR}_source")" 'fw_cfg:etc/fixed-bars'
}

t_blob_v2()
{
	need_fw_cfg || return
	pfb_no_sources
	blob_fw_cfg v2 "$NO_HPA!3"
	runs 0 pfb_load
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" declared
}

t_blob_moved()
{
	need_fw_cfg || return
	pfb_no_sources
	# shellcheck disable=SC2046
	case $1 in
	v2) blob_fw_cfg v2 "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE!3" ;;
	*) blob_fw_cfg "$1" $(v1_entries "$ELSEWHERE") ;;
	esac
	runs 0 pfb_load policy=observe
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" moved
}

t_blob_anywhere()
{
	need_fw_cfg || return
	pfb_no_sources
	blob_fw_cfg v2 "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@0+$GPU_SIZE!3"
	runs 0 pfb_load
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" "$SILENT"
}

# --- together ----------------------------------------------------------------

t_agree()
{
	pfb_no_sources
	manifest_file "$GOOD"
	runs 0 pfb_load "fixed_bars=$PARAM"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	like 'both are named' "$(pfb_attr "$GPU" "bar${GPU_BAR}_source")" 'manifest.bin.*parameter:fixed_bars'
	is 'error' "$(pfb_attr "$GPU" error)" none
}

t_agree_three()
{
	need_fw_cfg || return
	pfb_no_sources
	manifest_file "$GOOD"
	manifest_fw_cfg "$GOOD"
	blob_fw_cfg v2 "$NO_HPA!3"
	runs 0 pfb_load
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
}

# conflicting ERE [LOGGED]: refused both, neither is right because it came first; the log
# says LOGGED, which is not the whole error where that has host-physical addresses
conflicting()
{
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" "$SILENT"
	is 'what applies' "$(pfb_attr "$GPU" "bar${GPU_BAR}_declared")" none
	error=$(pfb_attr "$GPU" error)
	like 'the error names both sources' "$error" "$1"
	like 'and the BAR' "$error" "bar$GPU_BAR"
	is 'lines in the log' "$(pfb_log | grep -cF "${2:-$error}")" 1
	like 'errors of the module' "$(cat "$KERNEL/errors")" "$1"
}

t_conflict()
{
	pfb_no_sources
	manifest_file "$GOOD"
	runs 0 pfb_load policy=observe "fixed_bars=$GPU_PATH=bar$GPU_BAR@$ELSEWHERE"
	conflicting 'manifest.bin.*parameter:fixed_bars'
}

t_conflict_fw_cfg()
{
	need_fw_cfg || return
	pfb_no_sources
	manifest_fw_cfg "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE"
	blob_fw_cfg v2 "$NO_HPA!3"
	runs 0 pfb_load policy=observe
	conflicting 'etc/fixed-bars.*opt/org.pci-fixed-bars/manifest'
}

t_conflict_hpa()
{
	need_fw_cfg || return
	pfb_no_sources
	manifest_file "$GOOD"
	manifest_fw_cfg "$NO_HPA=$ELSEWHERE"
	runs 0 pfb_load policy=observe
	conflicting 'opt/org.pci-fixed-bars/manifest.*manifest.bin' \
		'two sources state different host-physical addresses'
}

t_conflict_size()
{
	need_fw_cfg || return
	pfb_no_sources
	manifest_file "$GOOD"
	blob_fw_cfg v2 "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$(printf 0x%x $((GPU_SIZE / 2)))!3"
	runs 0 pfb_load policy=observe
	conflicting 'etc/fixed-bars.*manifest.bin'
}

# t_overlap PATH: two functions at one address, whichever host bridge each is behind
t_overlap()
{
	pfb_no_sources
	manifest_file "$GOOD"
	runs 0 pfb_load policy=observe "fixed_bars=$1=bar0@$(printf 0x%x $((GPU_ADDR + GPU_SIZE / 2)))"
	conflicting 'manifest.bin.*overlaps bar0 of .*parameter:fixed_bars'
	like 'the other is refused, too' "$(cat "$KERNEL/errors")" "$1: .*overlaps bar$GPU_BAR of $GPU_PATH"
}

# What is not in dispute is applied all the same.
t_conflict_bystander()
{
	[ -n "$NIC" ] || { ktap_lack 'no client under the same switch'; return; }
	pfb_no_sources
	manifest_file "$GOOD" "$NIC_PATH,id=$NIC_ID,bar0@$NIC_ADDR+$NIC_SIZE=$NIC_ADDR"
	runs 0 pfb_load policy=observe "fixed_bars=$GPU_PATH=bar$GPU_BAR@$ELSEWHERE"
	isnt 'state in dispute' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	is 'state not in dispute' "$(pfb_state "$NIC" 0)" verified
}

# --- hostile -----------------------------------------------------------------

# refused SOURCE ERE: SOURCE (its name in sysfs) is broken, and its one line is like ERE
refused()
{
	is 'nothing is applied to the provider' "$(pfb_state "$GPU" "$GPU_BAR")" "$SILENT"
	is 'status of the source' "$(pfb_source "$1" status)" broken
	is 'functions of the source' "$(pfb_source "$1" functions)" 0
	message=$(pfb_source "$1" message)
	is 'lines in the message' "$(printf '%s\n' "$message" | wc -l)" 1
	like 'the message' "$message" "$2"
	is 'lines in the log that say it' "$(pfb_log | grep -cF "$message")" 1
}

load_beside()
{
	if [ -n "$NIC" ]; then
		runs 0 pfb_load policy=observe "fixed_bars=$NIC_PATH=bar0@$NIC_ADDR"
		is 'what is good is applied' "$(pfb_state "$NIC" 0)" declared
	else
		runs 0 pfb_load policy=observe
	fi
}

# hostile_file ERE BLOB-ARGUMENT...
hostile_file()
{
	pattern=$1
	shift
	pfb_no_sources
	manifest_file "$@"
	load_beside
	refused firmware_file "$pattern"
}

hostile_manifest()
{
	need_fw_cfg || return
	pattern=$1
	shift
	pfb_no_sources
	manifest_fw_cfg "$@"
	load_beside
	refused fw_cfg_manifest "$pattern"
}

hostile_blob()
{
	need_fw_cfg || return
	pattern=$1
	shift
	pfb_no_sources
	blob_fw_cfg "$@"
	load_beside
	refused fw_cfg_fixed_bars "$pattern"
}

# A typo: the good function stands in the firmware file instead.
hostile_param()
{
	pattern=$1
	shift
	pfb_no_sources
	[ -z "$NIC" ] || manifest_file "$NIC_PATH,id=$NIC_ID,bar0@$NIC_ADDR+$NIC_SIZE=$NIC_ADDR"
	runs 0 pfb_load policy=observe "fixed_bars=$1"
	[ -z "$NIC" ] || is 'what is good is applied' "$(pfb_state "$NIC" 0)" verified
	refused parameter "$pattern"
}

t_param_long()
{
	long=
	n=0
	while [ "$n" -lt 120 ]; do
		long="$long$(printf '0000:00:1f.7/%02x.0/00.0=bar0@0x%x;' $((n % 32)) $((0x100000 * (n + 1))))"
		n=$((n + 1))
	done
	hostile_param '4096|too long|longer' "$long"
}

# The firmware loader does not tell an empty file from none.
t_file_empty()
{
	pfb_no_sources
	: >"$FW_FILE"
	load_beside
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" "$SILENT"
	is 'status of the source' "$(pfb_source firmware_file status)" absent
}

t_file_huge()
{
	pfb_no_sources
	manifest_file -t $((0x100001)) "$GOOD"
	load_beside
	refused firmware_file '1048576|1 ?MiB|0x100000'
}

t_blob_huge()
{
	need_fw_cfg || return
	pfb_no_sources
	blob_fw_cfg -t $((0x100001)) v2 "$NO_HPA!3"
	load_beside
	refused fw_cfg_fixed_bars '1048576|1 ?MiB|0x100000'
}

# Nine devices end at 1232 with either stride: with 8-byte headers the second and
# those after it have six BARs each, with 136-byte headers none has any.
t_blob_ambiguous()
{
	set -- -x 1232 -P 4:09000000
	for at in 22 174 326 478 630 782 934 1086; do
		set -- "$@" -P "$at:06"
	done
	hostile_blob '8-byte .* 136-byte.*cannot be told' "$@" v1-short
}

ODD=$(printf 0x%x $((GPU_ADDR + 0x1000)))
UNKNOWN=0000:00:1f.7/1f.0
BEYOND=$(printf 0x%x $((GPU_ADDR + 4 * GPU_SIZE)))
BAR_AT=$((32 + 40))	# offset of the first BAR in a manifest of one function

ktap_test 'no source: nothing is declared, nothing is complained about' t_silent
if pfb_have_gpu_address; then
ktap_test 'fixed_bars= with a path: declared' t_param
ktap_test 'fixed_bars= with a BDF: declared' t_param_bdf
ktap_test 'fixed_bars= with two functions' t_param_two
ktap_test 'firmware file: verified, with HPA, clique and path' t_file
ktap_test 'fw_cfg manifest: verified' t_fw_cfg_manifest
ktap_test 'etc/fixed-bars v1 short: declared' t_blob_v1 v1-short
ktap_test 'etc/fixed-bars v1 long: declared' t_blob_v1 v1-long
ktap_test 'etc/fixed-bars v2: declared' t_blob_v2
ktap_test 'etc/fixed-bars v1 short that says elsewhere: moved' t_blob_moved v1-short
ktap_test 'etc/fixed-bars v1 long that says elsewhere: moved' t_blob_moved v1-long
ktap_test 'etc/fixed-bars v2 that says elsewhere: moved' t_blob_moved v2
ktap_test 'etc/fixed-bars v2 that says anywhere: not declared' t_blob_anywhere
ktap_test 'firmware file and fixed_bars= agree: verified, both named' t_agree
ktap_test 'three sources agree: verified' t_agree_three
ktap_test 'firmware file and fixed_bars= conflict: both named, neither applied' t_conflict
ktap_test 'fw_cfg manifest and etc/fixed-bars conflict' t_conflict_fw_cfg
ktap_test 'two manifests conflict about the HPA' t_conflict_hpa
ktap_test 'manifest and etc/fixed-bars conflict about the size' t_conflict_size
ktap_test 'two sources put two functions at one address' t_overlap 0000:00:1f.7/1f.0
ktap_test 'and so they do behind another root bus' t_overlap 0000:80:1f.7/1f.0
ktap_test 'and in another segment' t_overlap 0001:00:1f.7/1f.0
ktap_test 'a conflict about one function leaves the other' t_conflict_bystander

ktap_test 'manifest: empty file' t_file_empty
ktap_test 'manifest: cut within the header' hostile_file ' 20 bytes.* 32' -t 20 "$GOOD"
ktap_test 'manifest: cut within a BAR' hostile_file 'states 108 bytes and has 96' -t -12 "$GOOD"
ktap_test 'manifest: cut within a BAR, size and CRC made to fit' hostile_file 'take 108 bytes, and it has 96' -x -12 "$GOOD"
ktap_test 'manifest: bytes after its end' hostile_file 'states 108 bytes and has 4096' -t 4096 "$GOOD"
ktap_test 'manifest: bytes after its end, size and CRC made to fit' hostile_file 'take 108 bytes, and it has 4096' -x 4096 "$GOOD"
ktap_test 'manifest: over 1 MiB' t_file_huge
ktap_test 'manifest: not a manifest' hostile_file 'no manifest' -p 0:58 "$GOOD"
ktap_test 'manifest: converted as text' hostile_file 'no manifest' -p 6:0a0a "$GOOD"
ktap_test 'manifest: version 2' hostile_file 'version 2' -p 8:0200 "$GOOD"
ktap_test 'manifest: header of another size' hostile_file 'header' -p 10:2800 "$GOOD"
ktap_test 'manifest: one bit of an address flipped' hostile_file 'CRC' -P $((BAR_AT + 13)):ff "$GOOD"
ktap_test 'manifest: reserved bytes of the header' hostile_file 'reserved' -p 31:01 "$GOOD"
ktap_test 'manifest: reserved bytes of a BAR' hostile_file 'reserved' -p $((BAR_AT + 2)):01 "$GOOD"
ktap_test 'manifest: four billion functions' hostile_file '4294967295 functions' -p 20:ffffffff "$GOOD"
ktap_test 'manifest: more BARs than follow' hostile_file '16777215 BARs' -p 24:ffffff00 "$GOOD"
ktap_test 'manifest: path without a hop' hostile_file ' 0 hops' -p 35:00 "$GOOD"
ktap_test 'manifest: path of 255 hops' hostile_file ' 255 hops' -p 35:ff "$GOOD"
ktap_test 'manifest: unknown function flags' hostile_file 'flag' "$GOOD,flags=0x80000000"
ktap_test 'manifest: unknown BAR flags' hostile_file 'flag' "$GOOD!0x100"
ktap_test 'manifest: BAR index 13' hostile_file 'index' "$GPU_PATH,res13@$GPU_ADDR+$GPU_SIZE"
ktap_test 'manifest: one BAR twice' hostile_file "bar$GPU_BAR" "$GOOD,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
ktap_test 'manifest: one function twice' hostile_file 'twice' "$GOOD" "$GPU_PATH,bar0@0xfe000000+0x100"
ktap_test 'manifest: functions out of order' hostile_file 'order|ascending' "$UNKNOWN,bar0@0xfe000000+0x100" "$GOOD"
ktap_test 'manifest: two BARs overlap' hostile_file 'overlap' "$GOOD" "$UNKNOWN,bar0@$GPU_ADDR+0x100000"
ktap_test 'manifest: address table out of order' hostile_file 'order|ascending' -p $((BAR_AT + 40 + 64)):0100000000000000 "$GOOD" "$UNKNOWN,bar0@$BEYOND+0x100000"
ktap_test 'manifest: misaligned' hostile_file 'multiple|align' "$GPU_PATH,bar$GPU_BAR@$ODD+$GPU_SIZE"
ktap_test 'manifest: size is no power of two' hostile_file 'power' "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+0x180000"
ktap_test 'manifest: end of the BAR wraps round' hostile_file 'wrap|multiple|end' "$GPU_PATH,bar$GPU_BAR@0xffffffffff000000+0x10000000"
ktap_test 'manifest in fw_cfg: cut' hostile_manifest 'states 108 bytes and has 96' -t -12 "$GOOD"
ktap_test 'manifest in fw_cfg: CRC' hostile_manifest 'CRC' -P $((BAR_AT + 13)):ff "$GOOD"

ktap_test 'etc/fixed-bars: empty file' hostile_blob ' 0 bytes' -t 0 v2 "$NO_HPA!3"
ktap_test 'etc/fixed-bars: cut' hostile_blob 'take 80 bytes, and it has 75' -t -5 v2 "$NO_HPA!3"
ktap_test 'etc/fixed-bars: over 1 MiB' t_blob_huge
ktap_test 'etc/fixed-bars: version 3' hostile_blob 'version 3' -p 0:03000000 v2 "$NO_HPA!3"
ktap_test 'etc/fixed-bars v1: no stride fits' hostile_blob '8-byte .* 136-byte' -t -3 v1-short "$GPU_PATH,id=$GPU_ID,rp=0,fixed,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE!3"
ktap_test 'etc/fixed-bars v1: both strides fit' t_blob_ambiguous
ktap_test 'etc/fixed-bars v1 long: path without a unit address' hostile_blob "without '@'" v1-long "$GPU_PATH,id=$GPU_ID,rp=0,fixed,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE!3,fw=/pcie@40/bridge"
ktap_test 'etc/fixed-bars v1 short: a function that is not there' hostile_blob 'etc/fixed-bars' v1-short "$GPU_PATH,id=10de:2330,rp=0,fixed,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE!3"
ktap_test 'etc/fixed-bars v2: one BAR twice' hostile_blob 'twice|overlap' v2 "$NO_HPA!3" "$NO_HPA!3"
ktap_test 'etc/fixed-bars v2: misaligned' hostile_blob 'multiple|align' v2 "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$ODD+$GPU_SIZE!3"
ktap_test 'etc/fixed-bars v2: outside of its own window' hostile_blob 'window' -w 0x1000000+0x1000000 v2 "$NO_HPA!3"
ktap_test 'etc/fixed-bars v2: two BARs overlap' hostile_blob 'overlap' v2 "$NO_HPA!3" "$UNKNOWN,id=1af4:1110,bar0@$GPU_ADDR+0x100000!3"
ktap_test 'etc/fixed-bars v2: path of 9 hops' hostile_blob 'path|hop' -p 34:09 v2 "$NO_HPA!3"

ktap_test 'fixed_bars=: no BAR' hostile_param "column.*'='" "$GPU_PATH"
ktap_test 'fixed_bars=: no address' hostile_param "column.*'@'" "$GPU_PATH=bar$GPU_BAR"
ktap_test 'fixed_bars=: address is no number' hostile_param "column.*'Z'" "$GPU_PATH=bar$GPU_BAR@0x6b0Z"
ktap_test 'fixed_bars=: address beyond 64 bits' hostile_param '64|large|big' "$GPU_PATH=bar$GPU_BAR@0x1ffffffffffffffff"
ktap_test 'fixed_bars=: bar9' hostile_param "column.*'9'" "$GPU_PATH=bar9@$GPU_ADDR"
ktap_test 'fixed_bars=: a colon for an equals sign' hostile_param "column.*':'" "$GPU_PATH:bar$GPU_BAR@$GPU_ADDR"
ktap_test 'fixed_bars=: no such device number' hostile_param 'column 9.*device' "0000:00:20.0=bar0@$GPU_ADDR"
ktap_test 'fixed_bars=: no such function number' hostile_param 'column 12.*function' "0000:00:01.8=bar0@$GPU_ADDR"
ktap_test 'fixed_bars=: a function twice' hostile_param 'second time' "$PARAM;$PARAM"
ktap_test 'fixed_bars=: misaligned' hostile_param 'low 4 bits|multiple' "$GPU_PATH=bar$GPU_BAR@$(printf 0x%x $((GPU_ADDR + 1)))"
ktap_test 'fixed_bars=: a second function with a typo, the first is not applied' hostile_param 'column.*bar0' "$PARAM;$GPU_PATH/00.0=bra0@0x1000"
ktap_test 'fixed_bars=: longer than any list' t_param_long
fi

ktap_run
