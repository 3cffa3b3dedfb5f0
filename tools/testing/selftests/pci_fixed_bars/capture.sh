#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# capture - the machine as 'pci-fixed-bars capture' reads it from sysfs, against what it
# makes of lspci's text and dumps: the same, but for what lspci cannot know
#
# Needs: root; the tool; lspci. Not the module.
# Changes: in the bench, VFs are switched on and off again.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_have_cli || ktap_skip_all "no $CLI" lack
command -v lspci >/dev/null || ktap_skip_all 'no lspci (pciutils)' lack

# A driver's VFs, where it has any: they are only read.
vfs_on()
{
	vfs=0
	[ "${PFB_BENCH:-0}" = 1 ] || return
	for numvfs in "$PCI"/*/sriov_numvfs; do
		[ "$(cat "$numvfs" 2>/dev/null)" = 0 ] || continue
		[ -d "${numvfs%/*}/driver" ] || continue
		pfb_finally "echo 0 >$numvfs"
		if echo 2 >"$numvfs"; then
			vfs=$((vfs + 2))
		fi
	done 2>/dev/null
}

# facts FILE: a line for each thing that a capture says, but for what lspci cannot know: the
# machine, the CPU, host bridges' windows and last buses, and that a ROM's resource is
# prefetchable. Names are in lspci only; links are not read from it.
facts()
{
	jsonq -l "$1" | awk '
	{
		key = substr($0, 1, index($0, "=") - 1)
		value = substr($0, index($0, "=") + 1)
		n = split(key, part, ".")
		leaf = part[n]
		sub(/\[.*/, "", leaf)
	}
	key ~ /^roots/ { if (leaf == "bus") print "root", value; next }
	key !~ /^functions/ { next }
	leaf == "bdf" { bdf = value; bar = "" }
	leaf == "bar" { bar = value }
	leaf == "name" || part[2] == "link" { next }
	leaf == "flags" && bar == "rom" && value == "prefetch" { next }
	{ print bdf, part[2] ~ /^bars/ ? bar : part[2], leaf, value }' | sort
}

# without_vf_sizes: lspci knows the size of VF BARs by the VFs
without_vf_sizes()
{
	grep -v ' vfbar[0-5] size '
}

# same WHAT FILE FILTER: it says what sysfs said
same()
{
	facts "$2" >"$WORK/facts"
	isnt "$1: facts" "$(wc -l <"$WORK/facts")" 0
	is "$1: not said" "$($3 <"$WORK/sysfs.facts" | grep -vxFf "$WORK/facts")" ''
	is "$1: said besides" "$($3 <"$WORK/facts" | grep -vxFf "$WORK/sysfs.facts")" ''
}

t_sysfs()
{
	runs 0 "$CLI" capture -o "$WORK/sysfs"
	facts "$WORK/sysfs" >"$WORK/sysfs.facts"
	is 'functions' "$(grep -c ' bdf bdf ' "$WORK/sysfs.facts")" "$(find "$PCI/" -type l | wc -l)"
	is 'origin' "$(jsonq "$WORK/sysfs" origin)" sysfs
	is 'machine' "$(jsonq "$WORK/sysfs" machine)" "$(hostname)"
	is 'functions whose capabilities are not known' "$(grep -c ' capabilities_read false' "$WORK/sysfs.facts")" 0
	for pf in "$PCI"/*/virtfn0; do
		[ -e "$pf" ] || continue
		is "PF of ${pf%/*}'s first VF" "$(jsonq "$WORK/sysfs" "functions[bdf=$(basename "$(readlink "$pf")")].pf")" \
			"$(basename "${pf%/*}")"
	done
}

t_lspci()
{
	runs 0 "$CLI" capture --lspci "$WORK/text" "$WORK/dump" -o "$WORK/both"
	same 'text and dump' "$WORK/both" cat
	runs 0 "$CLI" capture --lspci "$WORK/dump" --lspci "$WORK/text" -o "$WORK/again"
	is 'in the other order' "$(cmp "$WORK/both" "$WORK/again" 2>&1)" ''
	lspci -D -vvvnnxxxx >"$WORK/mixed"
	runs 0 "$CLI" capture -o "$WORK/again" --lspci - <"$WORK/mixed"
	is 'in one listing, with segments' "$(cmp "$WORK/both" "$WORK/again" 2>&1)" ''
}

t_vfs_off()
{
	[ "$vfs" -gt 0 ] || {
		ktap_skip 'no driver here has VFs'
		return
	}
	for numvfs in "$PCI"/*/sriov_numvfs; do
		[ "$(cat "$numvfs")" = 0 ] || echo 0 >"$numvfs"
	done
	lspci -vvvnnxxxx >"$WORK/mixed"
	runs 0 "$CLI" capture -o "$WORK/sysfs"
	facts "$WORK/sysfs" >"$WORK/sysfs.facts"
	runs 0 "$CLI" capture --lspci "$WORK/mixed" -o "$WORK/off"
	like 'it says what is lacking' "$ktap_out" "note: .* vfbar[0-5] and .*the size of the VFs' BARs is not known"
	same 'VFs off' "$WORK/off" without_vf_sizes
}

# Alone, each says what it can, and the rest is said to lack.
t_alone()
{
	runs 0 "$CLI" capture --lspci "$WORK/dump" -o "$WORK/half"
	like 'a dump has no sizes' "$ktap_out" 'note: .* the size is not known'
	is 'sizes' "$(facts "$WORK/half" | grep -c ' bar[0-5] size 0x')" 0
	is 'ACS' "$(facts "$WORK/half" | grep ' acs ')" "$(grep ' acs ' "$WORK/sysfs.facts")"
	runs 0 "$CLI" capture --lspci "$WORK/text" -o "$WORK/half"
	for what in ' bar[0-5] size ' ' acs ' ' parent ' ' type ' ' iommu_group ' ' windows ' ' pf '; do
		# That a BAR without an address exists is in the dump only.
		is "text:$what" "$(facts "$WORK/half" | grep "$what")" \
			"$(facts "$WORK/both" | grep "$what" | grep -v ' size null$')"
	done
}

# What a user may not read is not "none".
t_user()
{
	runas 65534 "$CLI" capture >"$WORK/user" 2>"$WORK/said"
	like 'what a user is told' "$(cat "$WORK/said")" 'capabilities could not be read.*no plan.*as root'
	isnt 'functions whose capabilities are not known' "$(facts "$WORK/user" | grep -c ' capabilities_read false')" 0
	runas 65534 lspci -vvvnnxxxx >"$WORK/mixed" 2>/dev/null
	runs 0 "$CLI" capture --lspci "$WORK/mixed" -o "$WORK/again"
	like 'and of what lspci shows to a user' "$ktap_out" 'capabilities could not be read.*as root'
	is 'the same are not known' "$(facts "$WORK/again" | grep ' capabilities_read false')" \
		"$(facts "$WORK/user" | grep ' capabilities_read false')"
}

t_refuses()
{
	head -c 5000 "$WORK/text" >"$WORK/cut"
	runs 3 "$CLI" capture -o "$WORK/again" --lspci "$WORK/cut" "$WORK/dump"
	like 'cut' "$ktap_out" 'cut line [0-9]*:'
	sed 's/, prefetchable)/, )/; s/non-prefetchable)/prefetchable)/; s/, )/, non-prefetchable)/' \
		"$WORK/text" >"$WORK/other"
	runs 3 "$CLI" capture -o "$WORK/again" --lspci "$WORK/other" "$WORK/dump"
	like 'another machine' "$ktap_out" 'flags: 0x[0-9a-f]* in the text \(.*other line [0-9]*\), but 0x[0-9a-f]* in the dump \(.*dump line'
	runs 3 "$CLI" capture -o "$WORK/again" --lspci "$WORK/text" "$WORK/text"
	like 'twice' "$ktap_out" 'text line [0-9]* and again in .*text line [0-9]*'
	runs 2 "$CLI" capture "$WORK/text"
	runs 2 "$CLI" capture --lspci - -
	runs 3 "$CLI" capture --lspci "$WORK/none"
	runs 3 "$CLI" capture -o /nonexistent/capture
}

vfs_on
lspci -vvv -nn >"$WORK/text"
lspci -xxxx >"$WORK/dump"
ktap_note "$(lspci --version), $(grep -c '^[0-9a-f]' "$WORK/text") functions, $vfs VFs of them"
ktap_test 'capture: from sysfs' t_sysfs
ktap_test 'capture: from lspci, the same' t_lspci
ktap_test 'capture: from text and dump alone' t_alone
ktap_test 'capture: as an ordinary user' t_user
ktap_test 'capture: VFs off' t_vfs_off
ktap_test 'capture: refusals' t_refuses

ktap_run
