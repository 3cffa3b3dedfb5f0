#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# plan - what was planned and programmed before the kernel started, against what the
# kernel found and kept: each bus number, BAR and bridge window, to the byte
#
# Needs: root; lspci; the plan, as 'pci-fixed-bars preenum --json' printed it, in the file
# PFB_PLAN, or from the bench's host.
# With a plan of the prefetchable part only, the kernel must have placed the rest. A
# kernel opens closed windows of hot-plug ports, for what may come, unless told not to
# (pci=hpiosize=0,hpmmiosize=0,hpmmioprefsize=0): only then they are compared.
# Changes: nothing.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
plan=${PFB_PLAN:-$WORK/plan.json}
if [ -z "${PFB_PLAN:-}" ]; then
	command -v pfb-host >/dev/null ||
		ktap_skip_all "no plan: name the output of 'pci-fixed-bars preenum --json' with PFB_PLAN=" skip
	pfb-host plan >"$plan" || ktap_skip_all "the host has no plan: $(cat "$plan")" lack
fi
jsonq -l "$plan" >"$WORK/leaves" || ktap_skip_all "the plan in $plan is not JSON" lack
part=all
! grep -q '^only_prefetchable=true$' "$WORK/leaves" || part=prefetchable
# Who plans a VM leaves the host bridge, which takes no address, to the machine.
vm=0
! grep -q '^machine=' "$WORK/leaves" || vm=1
closed=opened
! grep -q 'pci=hpiosize=0,hpmmiosize=0,hpmmioprefsize=0' /proc/cmdline || closed=kept

# One line for each thing that is planned:
#	function BDF
#	numbers BDF SECONDARY SUBORDINATE
#	bar BDF INDEX ADDRESS LIMIT REGISTER-TYPE	(ADDRESS null: it has none)
#	window BDF KIND BASE LIMIT			(BASE null: it is closed)
awk -F= '
function flush_bar()
{
	if (bar == "")
		return
	index_of = bar == "rom" ? 6 : bar ~ /^vf/ ? 7 + substr(bar, 6) : substr(bar, 4)
	type = bar == "rom" ? "rom" : io == "true" ? "io" : \
		(mem64 == "true" ? "mem64" : "mem32") (prefetchable == "true" ? "p" : "")
	print "bar", bdf, index_of, address, size, (bar ~ /^vf/ ? vfs : 1), type
	bar = ""
}
function flush_function(	i)
{
	flush_bar()
	if (secondary != "") {
		print "numbers", bdf, secondary, subordinate, "-", "-", "-"
		for (i = 1; i <= 3; i++)
			print "window", bdf, kinds[i], \
				(kinds[i] in base ? base[kinds[i]] " " limit[kinds[i]] : "null null"), "-", "-"
	}
	secondary = ""
	delete base
	delete limit
}
BEGIN { split("io mem pref", kinds, " ") }
$1 !~ /^functions\[/ { next }
{
	n = split($1, key, ".")
	leaf = key[n]
}
leaf == "bdf" { flush_function(); bdf = $2; vfs = 1; print "function", bdf, "- - - - -" }
leaf == "total_vfs" { vfs = $2 }
leaf == "secondary" { flush_bar(); secondary = $2 }
leaf == "subordinate" { subordinate = $2 }
leaf == "bar" { flush_bar(); bar = $2 }
leaf == "address" { address = $2 }
leaf == "size" { size = $2 }
leaf == "io" { io = $2 }
leaf == "mem64" { mem64 = $2 }
leaf == "prefetchable" { prefetchable = $2 }
key[2] == "windows" && leaf == "base" { base[key[3]] = $2 }
key[2] == "windows" && leaf == "limit" { limit[key[3]] = $2 }
END { flush_function() }' "$WORK/leaves" |
while read -r what bdf a b c d e; do
	case $what in
	bar)
		# A PF holds the VF BARs of all its VFs.
		if [ "$b" = null ]; then
			echo "bar $bdf $a null null $e"
		else
			printf 'bar %s %s %s 0x%x %s\n' "$bdf" "$a" "$b" $((b + c * d - 1)) "$e"
		fi
		;;
	*) echo "$what $bdf $a $b $c" ;;
	esac
done >"$WORK/planned"
[ -s "$WORK/planned" ] || ktap_skip_all "the plan in $plan names no function" lack

# What is there, one line for each function: its 16 registers of the header.
lspci -D -n -xxx | awk '
/^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+\.[0-7] / { bdf = $1; printf "%s%s", sep, bdf; sep = "\n" }
/^[0-3]0: / { for (i = 2; i <= 17; i += 4) printf " %s", $(i + 3) $(i + 2) $(i + 1) $i }
END { print "" }' >"$WORK/registers"
# And its resources: BDF INDEX START END FLAGS
for dev in "$PCI"/*; do
	n=0
	while read -r first last flags; do
		echo "${dev##*/} $n $first $last $flags"
		n=$((n + 1))
	done <"$dev/resource"
done >"$WORK/resources"
# VF BARs are in a capability.
grep '^bar [^ ]* \([789]\|1[012]\) ' "$WORK/planned" | while read -r _ bdf n _; do
	echo "$bdf $n $(setpci -s "$bdf" "ECAP_SRIOV+$(printf %x $((0x24 + 4 * (n - 7)))).l")" \
		"$(setpci -s "$bdf" "ECAP_SRIOV+$(printf %x $((0x28 + 4 * (n - 7)))).l")"
done >"$WORK/vf-registers"

# compare WHAT: lines "name|found|planned" for what differs, and the number of those that
# were compared in $compared
compare()
{
	awk -v what="$1" -v part="$part" -v closed="$closed" -v vm="$vm" -f "$WORK/compare.awk" "$WORK/registers" \
		"$WORK/resources" "$WORK/vf-registers" "$WORK/planned" >"$WORK/compared"
	compared=$(sed -n 's/^compared //p' "$WORK/compared")
	grep '|' "$WORK/compared" >"$WORK/different" || true
}

cat >"$WORK/compare.awk" <<'PROGRAM'
# Addresses go beyond what an awk counts exactly: everything is compared as text.
function plain(hex)
{
	sub(/^0x/, "", hex)
	sub(/^0+/, "", hex)
	return hex == "" ? "0" : hex
}
function is(name, found, planned)
{
	nr++
	if (found != planned)
		print name "|" found "|" planned
}
# Without the lowest bits of the last digit, which say what kind of BAR it is.
function address_bits(low, bits,	digit)
{
	digit = index("0123456789abcdef", substr(low, 8, 1)) - 1
	return substr(low, 1, 7) substr("0123456789abcdef", digit - digit % bits + 1, 1)
}
function bar_register(	low, high)
{
	if ($3 >= 7) {
		low = vf_low[$2, $3]
		high = vf_high[$2, $3]
	} else if ($3 == 6) {
		low = reg[$2, bridge[$2] ? 14 : 12]
		# Bits 0 to 10 are none of the address.
		return plain(substr(low, 1, 5) rom_digit(substr(low, 6, 1)) "00")
	} else {
		low = reg[$2, 4 + $3]
		high = reg[$2, 5 + $3]
	}
	low = address_bits(low, $6 == "io" ? 4 : 16)
	return plain(($6 ~ /^mem64/ ? high : "") low)
}
# Bit 11 is the lowest of a ROM's address.
function rom_digit(digit)
{
	return digit ~ /[89a-f]/ ? "8" : "0"
}
function window_register(bdf, kind,	r, base, limit)
{
	if (kind == "io") {
		r = reg[bdf, 7]
		base = reg[bdf, 12]
		# 16-bit ones have no upper halves.
		if (substr(r, 8, 1) != "1")
			base = "00000000"
		limit = substr(base, 1, 4) substr(r, 5, 1) "fff"
		base = substr(base, 5, 4) substr(r, 7, 1) "000"
	} else if (kind == "mem") {
		r = reg[bdf, 8]
		base = substr(r, 5, 3) "00000"
		limit = substr(r, 1, 3) "fffff"
	} else {
		r = reg[bdf, 9]
		base = substr(r, 5, 3) "00000"
		limit = substr(r, 1, 3) "fffff"
		if (substr(r, 8, 1) == "1") {
			base = reg[bdf, 10] base
			limit = reg[bdf, 11] limit
		}
	}
	# Of equal length, so that texts compare as numbers do.
	if (base "" > limit "")
		return "closed"
	return plain(base) "-" plain(limit)
}
function resource(bdf, n)
{
	if (plain(last[bdf, n]) == "0" || unset(flags[bdf, n]))
		return "none"
	return plain(first[bdf, n]) "-" plain(last[bdf, n])
}
# IORESOURCE_UNSET and IORESOURCE_DISABLED
function unset(f)
{
	return substr(f, length(f) - 7, 1) ~ /[2367abefABEF]/ || substr(f, length(f) - 7, 1) == "1"
}
function planned_range()
{
	return $4 == "null" ? "none" : plain($4) "-" plain($5)
}

FILENAME ~ /\/registers$/ {
	for (i = 2; i <= NF; i++)
		reg[$1, i - 2] = $i
	bridge[$1] = substr(reg[$1, 3], 3, 2) ~ /^[08]1$/
	there[$1] = 1
	next
}
FILENAME ~ /\/resources$/ { first[$1, $2] = $3; last[$1, $2] = $4; flags[$1, $2] = $5; next }
FILENAME ~ /vf-registers$/ { vf_low[$1, $2] = $3; vf_high[$1, $2] = $4; next }

# --- what is planned

$1 == "function" && what == "functions" { is($2, there[$2] ? "there" : "missing", "there"); wanted[$2] = 1 }
$1 == "numbers" && what == "numbers" {
	is($2, substr(reg[$2, 6], 3, 6), sprintf("%02x%02x%s", $4, $3, substr($2, 6, 2)))
}
$1 == "bar" && what == "bar-registers" && $4 != "null" { is($2 " resource " $3, bar_register(), plain($4)) }
$1 == "bar" && what == "bar-resources" {
	if ($4 != "null")
		is($2 " resource " $3, resource($2, $3), planned_range())
	else if (part == "all")
		is($2 " resource " $3, resource($2, $3), "none")
}
# What was left to the kernel: memory BARs, which every driver needs.
$1 == "bar" && what == "rest" && $4 == "null" && $6 ~ /^mem/ {
	is($2 " resource " $3, resource($2, $3) == "none" ? "no address" : "an address", "an address")
	is($2 " resource " $3 " register", bar_register(), plain(first[$2, $3]))
}
$1 == "window" && (part == "all" || $3 == "pref") && ($4 != "null" || closed == "kept") {
	if (what == "window-registers")
		is($2 " window " $3, window_register($2, $3), $4 == "null" ? "closed" : planned_range())
	if (what == "window-resources")
		is($2 " window " $3, resource($2, $3 == "io" ? 13 : $3 == "mem" ? 14 : 15), planned_range())
}
END {
	if (what == "functions")
		for (bdf in there)
			if (!(vm && substr(reg[bdf, 2], 1, 4) == "0600"))
				is(bdf, wanted[bdf] ? "planned" : "not planned", "planned")
	print "compared", nr + 0
}
PROGRAM

# t_compare WHAT
t_compare()
{
	compare "$1"
	while IFS='|' read -r name found planned; do
		is "$name" "$found" "$planned"
	done <"$WORK/different"
	[ -s "$WORK/different" ] || isnt 'things compared' "$compared" 0
}

# claimed FILE: of /proc/iomem or /proc/ioports what is PCI's, as "START-END NAME"
claimed()
{
	sed -n 's/^ *0*\([0-9a-f]*\)-0*\([0-9a-f]*\) : \(PCI Bus [0-9a-f:]*\|[0-9a-f]*:[0-9a-f:]*\.[0-7]\)$/\1-\2 \3/p' "$1"
}

# is_claimed FILE KIND: what FILE says is what is planned, no less and no more
is_claimed()
{
	claimed "$1" >"$WORK/found"
	while read -r what bdf a b c d; do
		# A window is named after the bus behind it.
		[ "$what" != numbers ] || secondary=$a
		[ "${b:-null}" != null ] || continue
		case $what:$a:$d in
		bar:*:io|window:io:*) kind=io ;;
		bar:*|window:*) kind=mem ;;
		*) continue ;;
		esac
		[ "$kind" = "$2" ] || continue
		printf '%x-%x ' "$b" "$c"
		if [ "$what" = window ]; then
			printf 'PCI Bus %s:%02x\n' "${bdf%%:*}" "$secondary"
		else
			echo "$bdf"
		fi
	done <"$WORK/planned" >"$WORK/wanted"
	is "not in $1" "$(grep -vxFf "$WORK/found" "$WORK/wanted")" ''
	[ "$part" = all ] && [ "$closed" = kept ] || return
	is "in $1, but not planned" "$(grep -vxFf "$WORK/wanted" "$WORK/found")" ''
}

t_claimed()
{
	is_claimed /proc/iomem mem
	is_claimed /proc/ioports io
}

ktap_note "$(grep -c '^function' "$WORK/planned") functions, $(grep '^bar' "$WORK/planned" | grep -cv null) BARs, $(grep '^window' "$WORK/planned" | grep -cv null) open windows"
ktap_test 'every function, and no other' t_compare functions
ktap_test 'bus numbers' t_compare numbers
ktap_test 'BARs: registers' t_compare bar-registers
ktap_test 'BARs: resources' t_compare bar-resources
ktap_test 'bridge windows: registers' t_compare window-registers
ktap_test 'bridge windows: resources' t_compare window-resources
ktap_test '/proc/iomem and /proc/ioports' t_claimed
[ "$part" = all ] ||
	ktap_test 'the rest: the kernel placed it' t_compare rest

ktap_run
