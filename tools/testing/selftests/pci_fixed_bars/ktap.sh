#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# ktap.sh - KTAP (Documentation/dev-tools/ktap.rst) for POSIX shell tests
#
# A script sources this file, registers its tests and runs them:
#
#	ktap_test 'what must hold' function [argument]...
#	ktap_run
#
# A test function makes checks and says nothing itself: it passes when at least
# one check was made and none failed. What a check needs and does not find:
#
#	ktap_skip REASON	not possible on this kernel or machine, whoever built it
#	ktap_lack REASON	the machine lacks a device or tool: SKIP, but a FAIL in the
#				bench (PFB_BENCH=1), which built the machine to have it
#
# Both end nothing: write `ktap_lack 'no NVMe'; return`.
# A function ktap_after, where the script has one, may add checks after each test.
# Exit code: 0 all passed, 1 any failed, 4 all skipped.

ktap_tmp=${TMPDIR:-/tmp}/ktap.$$
ktap_tests=0
ktap_notes=
ktap_what=
ktap_call=
ktap_out=
ktap_checks=0
ktap_state=
ktap_passed=0
ktap_failed=0
ktap_skipped=0

# ktap_say TEXT: a diagnostic line for each line of TEXT.
ktap_say()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ktap_note TEXT: what a reader of the results should know; said after the plan.
ktap_note()
{
	ktap_notes="$ktap_notes$*
"
}

ktap_test()
{
	ktap_tests=$((ktap_tests + 1))
	eval "ktap_what_$ktap_tests=\$1"
	shift
	ktap_call=
	for ktap_arg; do
		case $ktap_arg in
		*\'*) ktap_arg=$(printf '%s\n' "$ktap_arg" | sed "s/'/'\\\\''/g") ;;
		esac
		ktap_call="$ktap_call '$ktap_arg'"
	done
	eval "ktap_call_$ktap_tests=\$ktap_call"
}

ktap_skip()
{
	[ "$ktap_state" = fail ] || ktap_state=skip
	ktap_reason=$*
}

ktap_lack()
{
	if [ "${PFB_BENCH:-0}" = 1 ]; then
		ktap_fail "the bench must have it: $*"
	else
		ktap_skip "$*"
	fi
}

# ktap_fail TEXT: a check that failed.
ktap_fail()
{
	ktap_checks=$((ktap_checks + 1))
	ktap_state=fail
	ktap_say "$*"
}

# ktap_pass: a check that held.
ktap_pass()
{
	ktap_checks=$((ktap_checks + 1))
}

# is WHAT ACTUAL EXPECTED
is()
{
	if [ "$2" = "$3" ]; then
		ktap_pass
	else
		ktap_fail "$1: expected '$3', found '$2'"
	fi
}

# isnt WHAT ACTUAL UNWANTED
isnt()
{
	if [ "$2" != "$3" ]; then
		ktap_pass
	else
		ktap_fail "$1: must not be '$3'"
	fi
}

# like WHAT ACTUAL ERE
like()
{
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		ktap_pass
	else
		ktap_fail "$1: expected something like /$3/, found: $2"
	fi
}

# unlike WHAT ACTUAL ERE
unlike()
{
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		ktap_fail "$1: expected nothing like /$3/, found: $2"
	else
		ktap_pass
	fi
}

# runs EXIT COMMAND [ARGUMENT]...: its output is left in $ktap_out. A function
# runs in this shell, and may set variables.
runs()
{
	ktap_expected=$1
	shift
	ktap_rc=0
	"$@" >"$ktap_tmp" 2>&1 || ktap_rc=$?
	ktap_out=$(cat "$ktap_tmp")
	if [ "$ktap_rc" = "$ktap_expected" ]; then
		ktap_pass
	else
		ktap_fail "$*: expected exit $ktap_expected, got $ktap_rc: $ktap_out"
	fi
}

# ktap_skip_all REASON [lack|skip]: nothing can be tested here; in the bench that is
# a failure, unless it is "skip".
ktap_skip_all()
{
	echo 'TAP version 13'
	if [ "${PFB_BENCH:-0}" = 1 ] && [ "${2:-lack}" = lack ]; then
		echo '1..1'
		echo "not ok 1 the bench must have it: $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 4
}

ktap_run()
{
	echo 'TAP version 13'
	echo "1..$ktap_tests"
	[ -z "$ktap_notes" ] || printf %s "$ktap_notes" | sed 's/^/# /'
	ktap_has_after=$(command -v ktap_after || true)
	ktap_nr=0
	while [ "$ktap_nr" -lt "$ktap_tests" ]; do
		ktap_nr=$((ktap_nr + 1))
		eval "ktap_what=\$ktap_what_$ktap_nr ktap_call=\$ktap_call_$ktap_nr"
		ktap_state=
		ktap_checks=0
		eval "$ktap_call"
		[ -z "$ktap_has_after" ] || ktap_after
		if [ -z "$ktap_state" ] && [ "$ktap_checks" = 0 ]; then
			ktap_fail 'the test made no check'
		fi
		case $ktap_state in
		fail)
			ktap_failed=$((ktap_failed + 1))
			echo "not ok $ktap_nr $ktap_what"
			;;
		skip)
			ktap_skipped=$((ktap_skipped + 1))
			echo "ok $ktap_nr $ktap_what # SKIP $ktap_reason"
			;;
		*)
			ktap_passed=$((ktap_passed + 1))
			echo "ok $ktap_nr $ktap_what"
			;;
		esac
	done
	rm -f "$ktap_tmp"
	echo "# Totals: pass:$ktap_passed fail:$ktap_failed xfail:0 xpass:0 skip:$ktap_skipped error:0"
	if [ "$ktap_failed" -gt 0 ]; then
		exit 1
	fi
	if [ "$ktap_passed" = 0 ]; then
		exit 4
	fi
	exit 0
}
