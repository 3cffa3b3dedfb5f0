#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# kunit - the core's unit tests where the core runs: in the kernel
#
# Needs: root; pfb_kunit.ko and a kernel with KUnit and its debugfs, as the bench's debug kernel.
# Changes: nothing.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
modprobe -q kunit || ktap_skip_all "kernel $(uname -r) has no KUnit" skip
# Loading runs all.
insmod "$pfb_here/pfb_kunit.ko" || ktap_skip_all 'pfb_kunit.ko cannot be loaded' lack
pfb_finally 'rmmod pfb_kunit'
RESULTS=/sys/kernel/debug/kunit/pci_fixed_bars_core/results
[ -e "$RESULTS" ] || ktap_skip_all "KUnit has no results in $RESULTS" lack

t_file()
{
	result=$(sed -n "s/^ *\(.*ok\) [0-9]* $1\( .*\)*$/\1/p" "$RESULTS")
	is "$1" "$result" ok
	[ "$result" = ok ] || ktap_say "$(cat "$RESULTS")"
}

sed -n 's/^ *\(not \)*ok [0-9]* \([a-z_]*\).*/\2/p' "$RESULTS" >"$WORK/files"
while read -r file; do
	[ "$file" = pci_fixed_bars_core ] || ktap_test "$file" t_file "$file"
done <"$WORK/files"

ktap_run
