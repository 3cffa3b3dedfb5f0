#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# manifest - the tool writes what another writer of the same format writes, byte by
# byte, reads it back, and refuses what is wrong
#
# Needs: the tool. Neither root nor the module nor any device; changes nothing.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_have_cli || ktap_skip_all "no $CLI" lack
pfb_scratch

GPU=0000:00:01.0/00.0/00.0/00.0
NIC=0000:00:01.0/00.0/01.0/00.0

# same TEXT BLOB-ARGUMENT...: both writers agree, and what the tool shows builds again
same()
{
	printf '%s\n' "$1" >"$WORK/text"
	shift
	blob manifest "$@" >"$WORK/other"
	runs 0 "$CLI" manifest build -o "$WORK/ours" "$WORK/text"
	is 'the two binary forms' "$(od -An -v -tx1 "$WORK/ours")" "$(od -An -v -tx1 "$WORK/other")"
	runs 0 "$CLI" manifest check "$WORK/other"
	"$CLI" manifest show "$WORK/other" >"$WORK/shown"
	runs 0 "$CLI" manifest build -o "$WORK/again" "$WORK/shown"
	is 'built again from what is shown' "$(od -An -v -tx1 "$WORK/again")" "$(od -An -v -tx1 "$WORK/other")"
	"$CLI" manifest show --json "$WORK/other" >"$WORK/json"
	runs 0 jsonq "$WORK/json"
}

t_demo()
{
	same "# of the README
function $GPU id=1af4:1110 clique=1 provider
	bar2 gpa=0x6b8000000000 hpa=gpa size=16G mem64 prefetch
function $NIC clique=1 client" \
		"$GPU,id=1af4:1110,clique=1,provider,bar2@0x6b8000000000+0x400000000=0x6b8000000000!0xc" \
		"$NIC,clique=1,client"
}

t_every_bar()
{
	same "function 0001:40:1f.7
	bar0 gpa=0x1000 size=4K
	bar1 gpa=0x20 io size=32
	bar2 gpa=0x100000000 hpa=0x200000000 size=1M mem64
	bar4 gpa=0x300000000 mem64 prefetch
	rom gpa=0xfe000000 size=2K
	vfbar0 gpa=0x7fffc0000000 size=1G mem64 prefetch
	vfbar5 gpa=0x80000000 size=64K" \
		"0001:40:1f.7,bar0@0x1000+0x1000,bar1@0x20+32!2,bar2@0x100000000+0x100000=0x200000000!4,bar4@0x300000000!0xc,rom@0xfe000000+2048,vfbar0@0x7fffc0000000+0x40000000!0xc,vfbar5@0x80000000+0x10000"
}

# The format wants an order; a person's text need not have it.
t_order()
{
	same "function $NIC
	bar0 gpa=0x10000000
function $GPU
	bar2 gpa=0x6b8000000000 mem64 prefetch
	bar0 gpa=0x10004000" \
		"$GPU,bar0@0x10004000,bar2@0x6b8000000000!0xc" "$NIC,bar0@0x10000000"
}

t_deep()
{
	path=0000:00:01.0
	for hop in 00.0 01.0 02.0 03.0 04.0 05.0 06.0 07.0 08.0 09.0 0a.0 0b.0 0c.0 0d.0 1f.7; do
		path=$path/$hop
	done
	same "function $path
	bar0 gpa=0x10000000" "$path,bar0@0x10000000"
}

# wrong ERE TEXT: refused, with line and reason, and nothing is written
wrong()
{
	printf '%s\n' "$2" >"$WORK/text"
	rm -f "$WORK/ours"
	runs 1 "$CLI" manifest build -o "$WORK/ours" "$WORK/text"
	like 'what is said' "$ktap_out" "$1"
	is 'what is written' "$([ ! -e "$WORK/ours" ] || echo something)" ''
}

t_empty()
{
	wrong 'no function' '# nothing'
}

t_wrong()
{
	wrong '2.*gpa' "function $GPU
	bar2 hpa=0x1000"
	wrong '2.*bar7' "function $GPU
	bar7 gpa=0x1000"
	wrong '1.*bar0' 'bar0 gpa=0x1000'
	wrong 'line 1, column 10' 'function nowhere'
	wrong '2.*power' "function $GPU
	bar2 gpa=0x3000 size=12K"
	wrong '2.*multiple' "function $GPU
	bar2 gpa=0x1000 size=8K"
	wrong '3.*twice' "function $GPU
	bar2 gpa=0x1000 size=4K
	bar2 gpa=0x2000 size=4K"
	wrong 'overlap|share|already' "function $GPU
	bar2 gpa=0x10000 size=64K
function $NIC
	bar0 gpa=0x18000 size=32K"
	wrong '1.*colour' "function $GPU colour=red"
}

t_check()
{
	blob manifest -P 80:ff "$GPU,bar2@0x6b8000000000+0x10000000" >"$WORK/broken"
	runs 1 "$CLI" manifest check "$WORK/broken"
	like 'what is said' "$ktap_out" CRC
	runs 1 "$CLI" manifest show "$WORK/broken"
	runs 3 "$CLI" manifest check "$WORK/not-there"
	runs 2 "$CLI" manifest
	runs 2 "$CLI" manifest chekc "$WORK/broken"
}

ktap_test "the README's manifest" t_demo
ktap_test 'every kind of BAR' t_every_bar
ktap_test 'text in any order' t_order
ktap_test 'a path of 16 hops' t_deep
ktap_test 'text without a function' t_empty
ktap_test 'text that is wrong' t_wrong
ktap_test 'check' t_check

ktap_run
