#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# sriov - VF BARs are moved while VFs are off, and not while they are on; VFs are where
# their PF's VF BAR says, however often they come and go
#
# Needs: root; the module; an igb (8086:10c9) and an NVMe with VFs (1b36:0010) with their
# drivers, as in the bench's topology "sriov"; a provider, for the roles that all tests have.
# Changes: reloads the module; moves VF BARs; turns VFs on and off.
#
#	PFB_VF_TARGET	an address that the host bridge has free for 64-bit VF BARs
#			(default: 0x6d0000000000), those of igb. Those of NVMe are not
#			prefetchable, and move within the window that the PF's own BAR is in
#	PFB_LOOPS	how often VFs come and go (default: 100)

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_must_disturb
IGB='' NVME=''
for dev in "$PCI"/*; do
	[ -e "$dev/sriov_totalvfs" ] || continue
	case $(pfb_id "${dev##*/}") in
	8086:10c9) IGB=${dev##*/} ;;
	1b36:0010) NVME=${dev##*/} ;;
	esac
done
for PF in "$IGB" "$NVME"; do
	[ -n "$PF" ] || ktap_skip_all 'no igb (8086:10c9), or no NVMe (1b36:0010) with VFs' lack
	[ -e "$PCI/$PF/driver" ] || ktap_skip_all "no driver for $PF" lack
done
pfb_take_all

LOOPS=${PFB_LOOPS:-100}
VFS=2
VF_BAR=7	# PCI resource index of vfbar0
ENFORCE=$KERNEL/enforce
NEAR=$(printf 0x%x $(($(pfb_bar_addr "$NVME" "$VF_BAR") + 0x20000)))

use()	# use PF
{
	PF=$1
	TOTAL=$(cat "$PCI/$PF/sriov_totalvfs")
	# Drivers offer fewer VFs than the capability has, for which the PF's resource is: a
	# VF's part of it is a power of two.
	VF_SIZE=1
	while [ $((VF_SIZE * 2 * TOTAL)) -le "$(($(pfb_bar_size "$PF" "$VF_BAR")))" ]; do
		VF_SIZE=$((VF_SIZE * 2))
	done
	VF_SIZE=$(printf 0x%x "$VF_SIZE")
	if [ "$PF" = "$IGB" ]; then
		TARGET=${PFB_VF_TARGET:-0x6d0000000000}
	else
		TARGET=$NEAR
	fi
}

# VFs are to be looked at, not driven.
for PF in "$IGB" "$NVME"; do
	use "$PF"
	ktap_note "PF $PF, vfbar0 at $(pfb_bar_addr "$PF" "$VF_BAR"), $TOTAL times $VF_SIZE"
	echo 0 >"$PCI/$PF/sriov_drivers_autoprobe"
	pfb_finally "echo 0 >$PCI/$PF/sriov_numvfs; echo 1 >$PCI/$PF/sriov_drivers_autoprobe"
done

vfs()
{
	echo "$1" >"$PCI/$PF/sriov_numvfs"
}

load()
{
	pfb_no_sources
	blob manifest "$(pfb_path "$PF"),vfbar0@$TARGET+$VF_SIZE=$TARGET" >"$FW_FILE"
	runs 0 pfb_load "policy=$1"
}

vf_state()
{
	pfb_attr "$PF" vfbar0_state
}

t_refused()	# t_refused PF
{
	use "$1"
	load preserve
	is 'state' "$(vf_state)" moved
	runs 0 vfs "$VFS"
	pfb_snapshot >"$WORK/before"
	runs 0 pfb_dev '!EOPNOTSUPP' export "$(basename "$(readlink "$PCI/$PF/virtfn0")")" 0 all
	like 'a VF is not exported' "$ktap_out" 'is a VF'
	runs 1 sh -c "echo 1 >$ENFORCE"
	like 'why' "$(cat "$ENFORCE")" "refused: $PF: $VFS VFs are enabled.*echo 0 > .*echo $VFS > "
	pfb_same_as "$WORK/before" 'what was refused changed something'
	runs 0 vfs 0
}

# What its driver made of the PF
interfaces()
{
	stat -c '%i %n' "$PCI/$PF"/net/* "$PCI/$PF"/nvme/* 2>/dev/null
	[ -e "$PCI/$PF/driver" ] || echo 'no driver'
}

# The PF has a driver, and keeps it: only VF BARs move.
t_move()	# t_move PF
{
	use "$1"
	load preserve
	interfaces >"$WORK/before"
	runs 0 sh -c "echo 1 >$ENFORCE"
	is 'state' "$(vf_state)" verified
	is 'resource' "$(pfb_bar_addr "$PF" "$VF_BAR")" "$TARGET"
	unlike 'the report' "$(cat "$ENFORCE")" '^ *restart '
	interfaces >"$WORK/after"
	runs 0 cmp "$WORK/before" "$WORK/after"
}

# vfs_right: each VF is at the base plus its number times the size
vfs_right()
{
	found=0
	for vf in "$PCI/$PF"/virtfn[0-9]*; do
		nr=${vf##*virtfn}
		read -r start _ <"$vf/resource"
		is "address of VF $nr" "$(printf 0x%x "$start")" "$(printf 0x%x $((TARGET + nr * VF_SIZE)))"
		found=$((found + 1))
	done
	is 'VFs' "$found" "$VFS"
}

t_often()	# t_often PF
{
	use "$1"
	load preserve
	is 'state' "$(vf_state)" verified
	n=0
	while [ "$n" -lt "$LOOPS" ]; do
		n=$((n + 1))
		vfs "$VFS" || ktap_fail "VFs on, number $n"
		vfs_right
		vfs 0 || ktap_fail "VFs off, number $n"
		[ "$ktap_state" != fail ] || return
	done
	pfb_verify
	is 'state after all' "$(vf_state)" verified
	is 'resource after all' "$(pfb_bar_addr "$PF" "$VF_BAR")" "$TARGET"
}

# A reset of the PF must leave the VF BAR where it is, in hardware too.
t_flr()	# t_flr PF
{
	use "$1"
	load preserve
	runs 0 sh -c "echo 1 >$PCI/$PF/reset"
	pfb_verify
	is 'state after a reset of the PF' "$(vf_state)" verified
	runs 0 vfs "$VFS"
	vfs_right
	runs 0 vfs 0
}

# The kernel restores VF BARs and VFs of a PF that is reset; a VF's own reset is its own.
t_flr_with_vfs()	# t_flr_with_vfs PF
{
	use "$1"
	load enforce
	is 'state' "$(vf_state)" verified
	pfb_mark
	runs 0 vfs "$VFS"
	runs 0 sh -c "echo 1 >$PCI/$PF/reset"
	vfs_right
	for vf in "$PCI/$PF"/virtfn[0-9]*; do
		grep -qw flr "$vf/reset_method" || ktap_fail "no FLR of ${vf##*/}"
		runs 0 sh -c "echo 1 >$vf/reset"
		vfs_right
	done
	sleep 2
	is 'state after resets of all' "$(vf_state)" verified
	pfb_verify
	is 'state when it is checked' "$(vf_state)" verified
	unlike 'the log' "$(pfb_log)" "$PF: .*(moved|missing)"
	runs 0 vfs 0
}

for pf in "$IGB" "$NVME"; do
	name=$([ "$pf" = "$IGB" ] && echo igb || echo nvme)
	ktap_test "$name: refused while VFs are on" t_refused "$pf"
	ktap_test "$name: VF BARs move while VFs are off, and the PF goes on" t_move "$pf"
	ktap_test "$name: VFs come and go, $LOOPS times" t_often "$pf"
	ktap_test "$name: a reset of the PF" t_flr "$pf"
	ktap_test "$name: resets of the PF and of its VFs, while they are on" t_flr_with_vfs "$pf"
done

ktap_run
