#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# planned - a VM that was planned from a captured host and started as it was emitted: its
# manifest arrived, each BAR is where the host has it, its peer reaches it directly, and
# what is written there arrives
#
# Needs: root; the module; the tool; CONFIG_PCI_P2PDMA for the data; an NVMe under the
# same switch whose content may be overwritten (PFB_DISK; in the bench the client's
# first namespace). Who planned it says what must be there:
#	PFB_EXPECT_verified=	PATH=barN@ADDRESS[;PATH=barN@ADDRESS]...
# Sources are as the machine has them, nothing is put over them.
# Changes: reloads the module; overwrites the first MiB of that disk.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

SIZE=1048576

[ -n "${PFB_EXPECT_verified:-}" ] ||
	ktap_skip_all 'nothing is said of what must be found: PFB_EXPECT_verified=PATH=barN@ADDRESS' skip
pfb_begin
pfb_may_reload
pfb_have_cli || ktap_skip_all "no $CLI" lack
pfb_roles
[ -n "$NIC" ] || ktap_skip_all "no NVMe under the switch of $GPU" lack
pfb_take_module
pfb_load policy=preserve || ktap_skip_all "module $MODULE cannot be loaded" lack

t_manifest()
{
	is 'status' "$(pfb_source fw_cfg_manifest status)" ok
	[ "$(pfb_source fw_cfg_manifest status)" = ok ] ||
		ktap_say "it says: $(pfb_source fw_cfg_manifest message)"
	is 'states that are no verified' \
		"$(cat "$KERNEL"/states/moved "$KERNEL"/states/hpa-mismatch "$KERNEL"/states/unassigned \
			"$KERNEL"/states/wrong-size "$KERNEL"/states/missing "$KERNEL"/states/id-mismatch |
			sort -u)" 0
}

t_verify()
{
	runs 0 "$CLI" verify
}

# at ENTRY: its function, BAR and address in $bdf, $bar, $address
at()
{
	path=${1%%=*}
	bar=${1#*=bar}
	address=${bar#*@}
	bar=${bar%%@*}
	bdf=$(pfb_at "$path") || { ktap_fail "nothing is at $path"; return 1; }
}

t_verified()
{
	at "$1" || return
	is 'state' "$(pfb_state "$bdf" "$bar")" verified
	is 'address' "$(pfb_bar_addr "$bdf" "$bar")" "$address"
	runs 0 "$CLI" status --json --all
	is 'the tool says' "$(cli_state "$bdf" "$bar")" verified
}

t_direct()
{
	at "$1" || return
	runs 0 "$CLI" path --json "$bdf" "$NIC"
	is 'verdict' "$(printf '%s\n' "$ktap_out" | jsonq - verdict)" direct
}

registered()
{
	[ "$(pfb_attr "$1" provider)" = registered ]
}

# What DMA put there is found through the BAR's own file afterwards.
t_data()
{
	at "$1" || return
	if ! pfb_has_p2pdma; then
		ktap_skip "kernel $(uname -r) has no CONFIG_PCI_P2PDMA"
		return
	fi
	pfb_disk || { ktap_lack "$pfb_no_disk"; return; }
	pfb_wait 60 registered "$bdf" || ktap_say "provider: $(pfb_attr "$bdf" provider)"
	is 'provider' "$(pfb_attr "$bdf" provider)" registered
	runs 0 p2p_data -s "$SIZE" -S 23 from-bar "$PCI/$bdf/p2pmem/allocate" "$DISK"
	like 'bytes compared' "$ktap_out" "$SIZE bytes, each equal"
	runs 0 p2p_data -s "$SIZE" -S 42 to-bar "$PCI/$bdf/p2pmem/allocate" "$DISK"
	like 'bytes compared' "$ktap_out" "$SIZE bytes, each equal"
	echo "$bdf" >"/sys/bus/pci/drivers/$MODULE/unbind"
	runs 0 p2p_data -s "$SIZE" -S 42 find "$PCI/$bdf/resource$bar"
}

ktap_test "the plan's manifest arrived, and nothing contradicts it" t_manifest
ktap_test 'every declared BAR is verified' t_verify
rest=$PFB_EXPECT_verified
while [ -n "$rest" ]; do
	entry=${rest%%;*}
	rest=${rest#"$entry"}
	rest=${rest#;}
	ktap_test "verified where the host has it: $entry" t_verified "$entry"
	ktap_test "reached directly: $entry" t_direct "$entry"
	ktap_test "DMA arrives: $entry" t_data "$entry"
done

ktap_run
