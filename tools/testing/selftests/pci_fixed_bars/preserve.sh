#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# preserve - what is right stays right across rescan, remove and hot-add; what the
# module changed is as before when it is gone; observe changes nothing
#
# Needs: root; the module; a provider and an NVMe under one switch; lspci.
# Changes: reloads the module; removes and rescans the provider and its neighbour.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_must_disturb
pfb_roles
pfb_have_gpu_address || ktap_skip_all "bar$GPU_BAR of $GPU has no address" skip
[ -n "$NIC" ] || ktap_skip_all "no NVMe under the switch of $GPU" lack
pfb_take_all

FIXED=0x10	# IORESOURCE_PCI_FIXED
GOOD=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR
ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))

# Devices that come back are probed anew: drivers settle first.
rescan()
{
	echo 1 >/sys/bus/pci/rescan
	sleep 1
}

remove()
{
	echo 1 >"$PCI/$1/remove"
	pfb_wait 5 test ! -e "$PCI/$1"
}

load_good()
{
	pfb_no_sources
	blob manifest "$GOOD" >"$FW_FILE"
	runs 0 pfb_load "policy=$1"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
}

# On arm64 the kernel gives buses new numbers at each rescan unless the device tree
# says otherwise, and then a port that comes back finds no number free: nothing behind
# it is found any more, module or not.
ports_come_back()
{
	if [ -d /proc/device-tree ] && [ ! -d /sys/firmware/acpi/tables ] &&
	   [ "$(pfb_preserve)" != honoured ]; then
		ktap_skip 'this kernel renumbers buses, and loses what is behind a port that comes back'
		return 1
	fi
}

t_observe()
{
	pfb_unload
	pfb_snapshot >"$WORK/before"
	load_good observe
	pfb_same_as "$WORK/before" 'observe changed something'
	pfb_verify
	pfb_same_as "$WORK/before" 'observe changed something on verify'
	runs 0 pfb_load policy=observe "fixed_bars=$GPU_PATH=bar$GPU_BAR@$ELSEWHERE"
	pfb_same_as "$WORK/before" 'observe changed something that is wrong'
	runs 0 pfb_unload
	pfb_same_as "$WORK/before" 'observe left something'
}

# Flags of each bridge window that leads to the provider's BAR, root port first.
window_flags()
{
	for bdf in $(pfb_chain "$GPU"); do
		[ "$bdf" != "$GPU" ] || break
		while read -r start end flags; do
			if [ "$((start))" != 0 ] && [ "$((start))" -le "$((GPU_ADDR))" ] &&
			   [ "$((end))" -ge "$((GPU_ADDR))" ]; then
				echo "$flags"
			fi
		done <"$PCI/$bdf/resource"
	done
}

t_pins()
{
	pfb_unload
	pfb_snapshot >"$WORK/before"
	load_good preserve
	fixed=0
	for flags in $(window_flags); do
		fixed=$((fixed + 1))
		is "fixed flag of bridge window $fixed" $((flags & FIXED)) $((FIXED))
	done
	is 'bridge windows above the provider' "$fixed" $(($(pfb_chain "$GPU" | wc -w) - 1))
	# shellcheck disable=SC2046
	set -- $(pfb_resource "$GPU" "$GPU_BAR")
	is 'fixed flag of the BAR itself' $(($3 & FIXED)) 0
	runs 0 pfb_unload
	pfb_same_as "$WORK/before" 'unloading left something'
}

t_reload()
{
	pfb_unload
	pfb_snapshot >"$WORK/before"
	for n in 1 2 3; do
		load_good preserve
		runs 0 pfb_unload
		pfb_same_as "$WORK/before" "load and unload number $n left something"
	done
}

t_rescan()
{
	load_good preserve
	pfb_snapshot >"$WORK/before"
	rescan
	pfb_held rescan
	pfb_same_as "$WORK/before" 'rescan changed something'
}

t_remove_gpu()
{
	load_good preserve
	remove "$GPU"
	is 'the provider is gone' "$([ -e "$PCI/$GPU" ] || echo gone)" gone
	rescan
	is 'the provider is back' "$([ -e "$PCI/$GPU" ] && echo back)" back
	pfb_held 'remove and rescan of the provider'
}

t_remove_gpu_told()
{
	load_good preserve
	pfb_listen
	remove "$GPU"
	is 'missing while it is gone' "$(cat "$KERNEL/missing")" "$GPU_PATH"
	rescan
	is 'missing when it is back' "$(cat "$KERNEL/missing")" ''
	pfb_heard "/$GPU .*PFB_STATE=verified"
}

t_remove_beside()
{
	load_good preserve
	remove "$NIC"
	pfb_held 'removing its neighbour'
	rescan
	is 'the neighbour is back' "$([ -e "$PCI/$NIC" ] && echo back)" back
	pfb_held 'hot-adding its neighbour'
	is 'the neighbour has an address' "$([ "$(($(pfb_bar_addr "$NIC" 0)))" != 0 ] && echo yes)" yes
}

t_remove_port()
{
	ports_come_back || return
	load_good preserve
	port=$(pfb_parent "$NIC")
	remove "$port"
	pfb_held "removing its neighbour's port"
	rescan
	pfb_find_again
	pfb_held "hot-adding its neighbour's port"
}

t_remove_gpu_port()
{
	ports_come_back || return
	load_good preserve
	remove "$(pfb_parent "$GPU")"
	rescan
	pfb_find_again
	pfb_held "remove and rescan of the provider's port"
}

t_remove_switch()
{
	ports_come_back || return
	load_good preserve
	remove "$(pfb_switch "$GPU")"
	rescan
	pfb_find_again
	pfb_held 'remove and rescan of the switch'
}

t_remove_root_port()
{
	ports_come_back || return
	load_good preserve
	remove "$(pfb_root_port "$GPU")"
	rescan
	pfb_find_again
	pfb_held 'remove and rescan of the root port'
}

t_plug_nic()
{
	load_good preserve
	pfb_plug nic2 || return
	pfb_held 'hot-add beside it'
	ktap_say "the new function's BAR0 is at $(pfb_bar_addr "$NEW" 0)"
	pfb_unplug nic2
	pfb_held 'hot-removal beside it'
}

# One that can't fit is not let in at its sibling's expense, and that is said.
t_plug_gpu()
{
	load_good preserve
	pfb_plug gpu1 || return
	pfb_held 'hot-add of another provider'
	addr=$(pfb_bar_addr "$NEW" "$GPU_BAR")
	ktap_say "the new provider's BAR is at $addr"
	if [ "$((addr))" = 0 ]; then
		like 'the log tells of it' "$(pfb_log)" "$NEW: pci_fixed_bars: bar$GPU_BAR unassigned"
		is 'state' "$(pfb_state "$NEW" "$GPU_BAR")" unassigned
	fi
}

# Nor while its sibling is away.
t_plug_gpu_competes()
{
	pfb_plugged || { ktap_skip 'no other provider was plugged in'; return; }
	remove "$GPU"
	rescan
	pfb_find_again
	pfb_held 'coming back beside another provider without an address'
	ktap_say "the other provider's BAR is at $(pfb_bar_addr "$NEW" "$GPU_BAR")"
	rescan
	pfb_held 'rescan beside another provider without an address'
	pfb_unplug gpu1
	pfb_held 'hot-removal of another provider'
}

# Declared where no window leads: it stays without an address.
t_plug_unassigned()
{
	far=$(printf 0x%x $((GPU_ADDR + 16 * GPU_SIZE)))
	pfb_no_sources
	blob manifest "$GOOD" "${GPU_PATH%/*/*}/02.0/00.0,id=$GPU_ID,bar$GPU_BAR@$far+$GPU_SIZE=$far" >"$FW_FILE"
	runs 0 pfb_load policy=preserve
	is 'functions that are missing' "$(cat "$KERNEL/missing")" "${GPU_PATH%/*/*}/02.0/00.0"
	pfb_plug gpu1 || return
	pfb_held 'hot-add of a declared provider'
	pfb_verify
	addr=$(pfb_bar_addr "$NEW" "$GPU_BAR")
	state=$(pfb_state "$NEW" "$GPU_BAR")
	ktap_say "the new provider's BAR is at $addr, declared at $far: $state"
	case $addr in
	0x0) is 'state without an address' "$state" unassigned ;;
	"$far") is 'state where it was declared' "$state" verified ;;
	*) is 'state elsewhere' "$state" moved ;;
	esac
	pfb_unplug gpu1
}

# What the kernel does by itself, so that the tests above are known to test something.
t_without()
{
	ports_come_back || return
	runs 0 pfb_unload
	remove "$(pfb_root_port "$GPU")"
	rescan
	pfb_find_again
	addr=$(pfb_bar_addr "$GPU" "$GPU_BAR")
	ktap_say "without the module the BAR is at $addr after remove and rescan of the root port, $GPU_ADDR before"
	if [ "$addr" = "$GPU_ADDR" ]; then
		ktap_skip 'this kernel puts it back by itself here'
		return
	fi
	pfb_no_sources
	blob manifest "$GOOD" >"$FW_FILE"
	runs 0 pfb_load policy=preserve
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" moved
}

ktap_test 'observe changes nothing' t_observe
ktap_test 'preserve pins bridge windows, not BARs, and unload undoes it' t_pins
ktap_test 'reload, three times' t_reload
ktap_test 'rescan' t_rescan
ktap_test 'remove and rescan of the provider' t_remove_gpu
ktap_test 'remove and rescan of the provider is told' t_remove_gpu_told
ktap_test 'remove and hot-add of the neighbour' t_remove_beside
ktap_test 'hot-add of an NVMe beside it' t_plug_nic
ktap_test 'hot-add of another provider beside it' t_plug_gpu
ktap_test 'remove and rescan while another provider waits for an address' t_plug_gpu_competes
ktap_test 'hot-add of a provider that is declared where it cannot be' t_plug_unassigned
ktap_test "remove and hot-add of the neighbour's port" t_remove_port
ktap_test "remove and rescan of the provider's port" t_remove_gpu_port
ktap_test 'remove and rescan of the switch' t_remove_switch
ktap_test 'remove and rescan of the root port' t_remove_root_port
# Last: afterwards the BAR may be elsewhere.
ktap_test 'without the module: moved' t_without

ktap_run
