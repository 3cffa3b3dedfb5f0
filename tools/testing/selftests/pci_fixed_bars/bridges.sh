#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# bridges - several host bridges: what is behind each is moved within what that one has,
# and what is declared behind the wrong one is refused, without harm to the other
#
# Needs: root; the module; two host bridges with two providers (ivshmem) of one size
# behind each.
# Changes: reloads the module; swaps the providers' BARs, and writes to them.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_must_disturb
pfb_take_all

# The first two providers behind the first host bridge, and behind the last.
providers()
{
	for dev in "$PCI"/*; do
		bdf=${dev##*/}
		[ "$(pfb_id "$bdf")" != 1af4:1110 ] || echo "$(pfb_path "$bdf" | cut -d: -f1,2) $bdf"
	done | sort
}

providers >"$WORK/providers"
roots=$(cut -d' ' -f1 "$WORK/providers" | uniq -d)
# shellcheck disable=SC2086
set -- $roots
[ $# -ge 2 ] || ktap_skip_all 'no two host bridges with two providers (ivshmem) each' lack
for root; do
	last=$root
done
# shellcheck disable=SC2046
set -- $(sed -n "s/^$1 //p" "$WORK/providers" | head -n 2) \
	$(sed -n "s/^$last //p" "$WORK/providers" | head -n 2)
A=$1 B=$2 C=$3 D=$4
BAR=$(pfb_largest_bar "$A")
SIZE=$(pfb_bar_size "$A" "$BAR")
for bdf in "$A" "$B" "$C" "$D"; do
	[ "$(pfb_bar_size "$bdf" "$BAR")" = "$SIZE" ] ||
		ktap_skip_all "bar$BAR of $A and of $bdf differ in size" lack
	ktap_note "$bdf = $(pfb_path "$bdf"), bar$BAR at $(pfb_bar_addr "$bdf" "$BAR")"
done

# at BDF ADDRESS: its declaration
at()
{
	echo "$(pfb_path "$1"),bar$BAR@$2+$SIZE=$2"
}

declare_only()
{
	pfb_no_sources
	blob manifest "$@" >"$FW_FILE"
}

# held BDF ADDRESS
held()
{
	is "state of $1" "$(pfb_state "$1" "$BAR")" verified
	is "resource of $1" "$(pfb_bar_addr "$1" "$BAR")" "$2"
	is "register of $1" "$(pfb_registered "$1" "$BAR")" "$2"
}

# Each has bytes of its own, and still has them when all were written.
data()
{
	for what in fill find; do
		seed=0
		for bdf in "$A" "$B" "$C" "$D"; do
			seed=$((seed + 1))
			runs 0 p2p_data -s 1048576 -S "$seed" "$what" "$PCI/$bdf/resource$BAR"
			like 'bytes compared' "$ktap_out" '1048576 bytes, each equal'
		done
	done
}

t_swap()
{
	a=$(pfb_bar_addr "$A" "$BAR") b=$(pfb_bar_addr "$B" "$BAR")
	c=$(pfb_bar_addr "$C" "$BAR") d=$(pfb_bar_addr "$D" "$BAR")
	declare_only "$(at "$A" "$b")" "$(at "$B" "$a")" "$(at "$C" "$d")" "$(at "$D" "$c")"
	runs 0 pfb_load policy=enforce
	ktap_say "$(cat "$KERNEL/enforce")"
	held "$A" "$b"
	held "$B" "$a"
	held "$C" "$d"
	held "$D" "$c"
	data
}

# A free address of the other host bridge: that one is put right all the same.
t_foreign()
{
	a=$(pfb_bar_addr "$A" "$BAR")
	c=$(pfb_bar_addr "$C" "$BAR") d=$(pfb_bar_addr "$D" "$BAR")
	foreign=$(printf 0x%x $((d + SIZE)))
	declare_only "$(at "$A" "$foreign")" "$(at "$C" "$d")" "$(at "$D" "$c")"
	runs 0 pfb_load policy=enforce
	like 'the report' "$(cat "$KERNEL/enforce")" "refused: $foreign-.* is outside the windows of the host bridge"
	is "state of $A" "$(pfb_state "$A" "$BAR")" moved
	is "resource of $A" "$(pfb_bar_addr "$A" "$BAR")" "$a"
	held "$C" "$d"
	held "$D" "$c"
	data
}

ktap_test 'two swapped behind each host bridge' t_swap
ktap_test "an address of another host bridge is refused, and that one's are put right" t_foreign

ktap_run
