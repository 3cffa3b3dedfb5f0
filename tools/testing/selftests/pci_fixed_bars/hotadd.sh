#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# hotadd - a declared function that is plugged in under policy=enforce is where it was
# declared before the kernel chooses; what is in its way is moved; what can't be there is
# refused or hidden. Whoever lives beside it keeps his BAR, his mapping and his data
#
# Needs: root; the module; a provider and an NVMe under one switch, an empty port there,
# and a host that plugs into it (the bench's pfb-host).
# Changes: reloads the module; plugs, unplugs; moves BARs; overwrites the first MiB of
# BARs and of the disk.
#
#	PFB_TARGET	as in enforce.sh: where the provider's BAR is put first

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_moving
command -v pfb-host >/dev/null || ktap_skip_all 'no host to plug something in' skip

TARGET=${PFB_TARGET:-0x6b8000000000}
ENFORCE=$KERNEL/enforce
NEW_PATH=${GPU_PATH%/*/*}/02.0/00.0

# load ADDRESS: the provider at $TARGET, and what is to be plugged in at ADDRESS
load()
{
	NEW_ADDR=$1
	pfb_no_sources
	blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$TARGET+$GPU_SIZE=$TARGET" \
		"$NEW_PATH,id=$GPU_ID,bar$GPU_BAR@$NEW_ADDR+$GPU_SIZE=$NEW_ADDR" >"$FW_FILE"
	runs 0 pfb_load policy=enforce
	GPU_ADDR=$TARGET
}

# plug: the other provider, while somebody uses the first
plug()
{
	pfb_mark
	pfb_use
	pfb_plug gpu1
}

# unharmed WHEN: the first one has its BAR, its user his mapping, and both are right
unharmed()
{
	pfb_used
	is "what a user of $GPU finds after $1 (0: his data)" "$used" 0
	pfb_held "$1"
	pfb_data
}

# there WHEN: what was plugged in is where it was declared, and every byte of it
there()
{
	pfb_wait 20 new_is verified
	is "state of the new one after $1" "$(pfb_state "$NEW" "$GPU_BAR")" verified
	is "its resource after $1" "$(pfb_bar_addr "$NEW" "$GPU_BAR")" "$NEW_ADDR"
	is "its register after $1" "$(pfb_registered "$NEW" "$GPU_BAR")" "$NEW_ADDR"
	runs 0 p2p_data -s 1048576 -S 815 fill "$PCI/$NEW/resource$GPU_BAR"
	like 'bytes compared' "$ktap_out" '1048576 bytes, each equal'
}

new_is()
{
	[ "$(pfb_state "$NEW" "$GPU_BAR")" = "$1" ]
}

# Outside of what the host bridge has, while the windows above have no room either.
t_nowhere()
{
	# After a move they are no larger than they must be.
	TARGET=$(printf 0x%x $((TARGET + 16 * GPU_SIZE)))
	load 0xff0000000000
	pfb_held 'moving'
	plug || return
	pfb_wait 20 grep -q refused "$ENFORCE"
	like 'the log says why' "$(pfb_log)" "$NEW: .*bar$GPU_BAR cannot go where it belongs"
	like 'the log says that it is hidden' "$(pfb_log)" "$NEW: .*bar$GPU_BAR .*hidden from the kernel"
	like 'the report' "$(cat "$ENFORCE")" 'refused: .*outside the windows of the host bridge'
	is 'the verdict' "$(pfb_state "$NEW" "$GPU_BAR")" unassigned
	is 'its address' "$(pfb_bar_addr "$NEW" "$GPU_BAR")" 0x0
	unharmed 'a hot-add that cannot be'
	pfb_unplug gpu1
	pfb_held 'its removal'
}

# Above the provider's, where the windows above only have to grow.
t_beside()
{
	load "$(printf 0x%x $((TARGET + GPU_SIZE)))"
	before=$(cat "$ENFORCE")
	for n in 1 2; do
		plug || return
		there "hot-add number $n"
		like 'the log says where it was put' "$(pfb_log)" "$NEW: .*bar$GPU_BAR placed at"
		is 'nothing had to be moved for it' "$(cat "$ENFORCE")" "$before"
		unharmed "hot-add number $n"
		pfb_unplug gpu1
		pfb_held "hot-removal number $n"
		is 'missing while it is out' "$(cat "$KERNEL/missing")" "$NEW_PATH"
	done
}

# Where the way there leads across the window of another root port.
t_across()
{
	neighbour || { ktap_lack 'no provider behind another root port'; return; }
	# The provider on one side of its neighbour, what comes on the other.
	SIB_ADDR=$(printf 0x%x $((TARGET + 2 * GPU_SIZE)))
	pfb_no_sources
	blob manifest "$(pfb_path "$SIB"),bar$SIB_BAR@$SIB_ADDR=$SIB_ADDR" >"$FW_FILE"
	runs 0 pfb_load policy=enforce
	is 'the neighbour' "$(pfb_state "$SIB" "$SIB_BAR")" verified
	load "$(printf 0x%x $((TARGET + 4 * GPU_SIZE)))"
	is 'the neighbour' "$(pfb_bar_addr "$SIB" "$SIB_BAR")" "$SIB_ADDR"
	plug || return
	there 'a hot-add across'
	like 'the report' "$(cat "$ENFORCE")" "move $SIB bar$SIB_BAR: $SIB_ADDR-"
	isnt 'the neighbour' "$(pfb_bar_addr "$SIB" "$SIB_BAR")" "$SIB_ADDR"
	runs 0 p2p_data -s 1048576 -S 816 fill "$PCI/$SIB/resource$SIB_BAR"
	unharmed 'a hot-add across'
	pfb_unplug gpu1
}

# neighbour: a provider behind another root port, in $SIB and $SIB_BAR
neighbour()
{
	for dev in "$PCI"/*; do
		SIB=${dev##*/}
		[ "$(pfb_id "$SIB")" = "$GPU_ID" ] || continue
		[ "$(pfb_root_port "$SIB")" != "$(pfb_root_port "$GPU")" ] || continue
		SIB_BAR=$(pfb_largest_bar "$SIB")
		return 0
	done
	return 1
}

ktap_test 'declared where nothing can be: refused and hidden, and nobody harmed' t_nowhere
ktap_test 'declared beside it: placed before the kernel chooses, twice' t_beside
ktap_test "declared across a neighbour's window: that is moved" t_across

ktap_run
