#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# boot - sources that are given once, before the kernel starts: device tree, ACPI and
# fw_cfg as they are, nothing put over them
#
# Needs: root; the module; the tool where it is. Whoever starts the machine knows what
# must be found, and says so:
#	PFB_EXPECT_device_tree= PFB_EXPECT_acpi= PFB_EXPECT_fw_cfg_fixed_bars=
#	PFB_EXPECT_fw_cfg_manifest=	status: absent, ok, unsupported or broken
#	PFB_EXPECT_message=		(regular expression) the message of a broken one
#	PFB_EXPECT_preserve=		not-asked, honoured or ignored
#	PFB_EXPECT_state=		the verdict of the provider's BAR
#	PFB_EXPECT_address=		and where it is
# What is not said is not tested.
# Changes: reloads the module.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_may_reload
pfb_roles
pfb_take_module
pfb_load policy=observe || ktap_skip_all "module $MODULE cannot be loaded" lack

# expected NAME: what was said of it, in $want
expected()
{
	eval "want=\${PFB_EXPECT_$1:-}"
	[ -n "$want" ]
}

t_source()
{
	expected "$1"
	is 'status' "$(pfb_source "$1" status)" "$want"
	[ "$want" = broken ] || [ "$want" = unsupported ] || return
	message=$(pfb_source "$1" message)
	is 'lines in the log that say it' "$(pfb_log | grep -cF "$message")" 1
	is 'functions' "$(pfb_source "$1" functions)" 0
	! expected message || like 'message' "$message" "$want"
}

t_preserve()
{
	is 'preserve' "$(pfb_attr "$GPU" preserve)" "${PFB_EXPECT_preserve:-}"
}

t_state()
{
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" "${PFB_EXPECT_state:-}"
	pfb_have_cli || return
	runs 0 "$CLI" status --json --all
	is 'the tool, with the module' "$(cli_state "$GPU" "$GPU_BAR")" "${PFB_EXPECT_state:-}"
}

t_address()
{
	is 'address' "$GPU_ADDR" "${PFB_EXPECT_address:-}"
}

for source in device_tree acpi fw_cfg_fixed_bars fw_cfg_manifest; do
	ktap_note "$source: $(pfb_source "$source" status), $(pfb_source "$source" message)"
	! expected "$source" || ktap_test "source $source" t_source "$source"
done
! expected preserve || ktap_test 'preservation' t_preserve
! expected state || ktap_test "the provider's verdict" t_state
! expected address || ktap_test "the provider's address" t_address
[ "$ktap_tests" -gt 0 ] || ktap_skip_all 'nothing is said of what must be found: see PFB_EXPECT_ in this script' skip

ktap_run
