#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# hazard - without the module, hot-adds that do not fit below a switch make the kernel
# take the addresses of what is in use there: what was mapped reads as ones, and nobody
# is told. With it they don't. What was torn down is repaired by loading it, while what was
# plugged in is still there.
#
# Needs: root; the module; a provider and an NVMe under one switch, an empty port there,
# and a host that plugs into it (the bench's pfb-host).
# Changes: reloads the module; plugs, unplugs; takes and moves the provider's BAR.
#
#	PFB_TARGET	as in enforce.sh: where the provider's BAR is put first

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_moving
command -v pfb-host >/dev/null || ktap_skip_all 'no host to plug something in' skip

TARGET=${PFB_TARGET:-0x6b8000000000}

load()
{
	pfb_no_sources
	blob manifest "$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$TARGET+$GPU_SIZE=$TARGET" >"$FW_FILE"
	runs 0 pfb_load "policy=$1"
}

# Two hot-adds of another provider that does not fit, one after the other.
two_hot_adds()
{
	pfb_plug gpu1
	echo 1 >/sys/bus/pci/rescan
	sleep 1
	pfb_unplug gpu1
	pfb_plug gpu1
	echo 1 >/sys/bus/pci/rescan
	sleep 1
}

# Native hot-plug makes room by releasing what is there; ACPI's does not, and leaves what
# does not fit without an address.
t_without()
{
	pfb_native || { ktap_skip 'hot-plug is ACPI here, which makes no room'; return; }
	# It forgets what drivers requested within the BARs that it releases.
	[ ! -e /sys/kernel/debug/kmemleak ] || { ktap_skip 'what this loses of memory, kmemleak would report'; return; }
	load enforce
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	GPU_ADDR=$(pfb_bar_addr "$GPU" "$GPU_BAR")
	runs 0 pfb_unload
	pfb_use
	two_hot_adds
	pfb_used
	ktap_say "without the module the BAR is at $(pfb_bar_addr "$GPU" "$GPU_BAR") now, $GPU_ADDR before"
	isnt 'what a user of the BAR finds, as this kernel leaves it (0: his data)' "$used" 0
}

new_has_address()
{
	[ "$(($(pfb_bar_addr "$NEW" "$GPU_BAR")))" != 0 ]
}

# Its driver gives up a disk that did not answer while its windows were gone.
disk_again()
{
	[ ! -e "$PCI/$NIC/driver" ] || echo "$NIC" >"$PCI/$NIC/driver/unbind"
	echo "$NIC" >/sys/bus/pci/drivers_probe
	pfb_wait 10 pfb_has_disk
}

t_repaired()
{
	load enforce
	ktap_say "$(cat "$KERNEL/enforce")"
	GPU_ADDR=$TARGET
	disk_again
	pfb_held 'loading the module'
	pfb_data
	! pfb_plugged || pfb_unplug gpu1
	pfb_held 'unplugging what made room for itself'
}

t_with()
{
	# After a move the windows above are no larger than they must be.
	TARGET=$(printf 0x%x $((TARGET + 32 * GPU_SIZE)))
	load enforce
	GPU_ADDR=$TARGET
	pfb_held 'moving'
	pfb_use
	two_hot_adds
	pfb_used
	is 'what a user of the BAR finds (0: his data)' "$used" 0
	pfb_held 'two hot-adds that do not fit'
	like 'the log tells of it' "$(pfb_log)" 'hidden from the kernel'
	# The module makes room where nobody has to move for it.
	pfb_wait 20 new_has_address
	is 'what was plugged in has an address' "$(new_has_address && echo yes)" yes
	is 'its state' "$(pfb_state "$NEW" "$GPU_BAR")" untracked
	runs 0 p2p_data -s 1048576 fill "$PCI/$NEW/resource$GPU_BAR"
	pfb_unplug gpu1
	pfb_held 'unplugging'
	pfb_data
}

ktap_test 'without the module: a BAR in use is torn down' t_without
ktap_test 'loading the module repairs it' t_repaired
ktap_test 'with the module: it stays, and so does the data' t_with

ktap_run
