#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run_tests.sh - run tests one after the other and count
#
#	run_tests.sh [NAME.sh]...		(default: all)
#
# Prints KTAP with each test's own KTAP nested in it, ends with 1 when any failed.
# PFB_TIMEOUT is the time in seconds that one test may take (default 600).

cd "$(dirname "$0")" || exit 1

[ $# -gt 0 ] || set -- manifest.sh boot.sh capture.sh lifecycle.sh sources.sh verdicts.sh paths.sh \
	security.sh preserve.sh enforce.sh rollback.sh hazard.sh sriov.sh provider.sh bandwidth.sh

echo 'TAP version 13'
echo "1..$#"
nr=0
failed=0
out=$(mktemp /tmp/pfb-run.XXXXXX) || exit 1
trap 'rm -f "$out"' EXIT
trap 'exit 130' INT TERM HUP

for name; do
	nr=$((nr + 1))
	echo "# selftests: pci_fixed_bars: $name"
	# Through a file for the exit code, which a pipe would lose.
	{
		timeout "${PFB_TIMEOUT:-600}" sh "./$name" 2>&1
		echo "$?" >"$out"
	} | sed 's/^/    /'
	rc=$(cat "$out")
	case $rc in
	0) echo "ok $nr selftests: pci_fixed_bars: $name" ;;
	4) echo "ok $nr selftests: pci_fixed_bars: $name # SKIP" ;;
	*)
		failed=$((failed + 1))
		echo "not ok $nr selftests: pci_fixed_bars: $name # exit=$rc"
		;;
	esac
done
echo "# Totals: $((nr - failed)) of $nr without a failure"
[ "$failed" = 0 ]
