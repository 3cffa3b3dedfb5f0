#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# dmabuf - a verified BAR is exported as a dma-buf without pages, to importers that
# reach it directly and to no other; every byte arrives; what is revoked is gone
#
# Needs: root; the module, pfb_edu and pfb_sample (tools/testing/modules); a provider without
# a driver, QEMU's edu under its switch and another one behind another root port.
# PFB_IOMMU=1: an IOMMU translates for both. PFB_LOCKDOWN=1: lock the kernel down in the
# end. PFB_STRESS: how many seconds under fire (default: 10), from 30 on with hot-unplug
# where there is a host for it; PFB_SEED: which way (default: 1).
# Changes: binds the provider, changes its command register, its BAR's register and
# ACS for a moment; overwrites the first MiB of its BAR.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

TRACE=/sys/kernel/tracing
DEV=/dev/pci_fixed_bars

pfb_begin_exporting
EDU_PATH=$(pfb_path "$EDU")
ELSEWHERE=$(printf '0x%x' $((GPU_ADDR ^ GPU_SIZE)))
GOOD=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR

manifest()
{
	blob manifest "$@" >"$WORK/manifest"
	pfb_no_sources
	cp "$WORK/manifest" "$FW_FILE"
}

# Its trace events go with the module.
reload()
{
	pfb_load policy=observe "$@"
	: >"$TRACE/trace"
	echo 1 >"$TRACE/events/pci_fixed_bars/enable"
}

# load MANIFEST PARAMETER...
load()
{
	manifest "$1"
	shift
	reload "$@"
}

good()
{
	load "$GOOD"
}

dev()
{
	pfb_dev "$@"
}

# import STEP...: with an export and the near engine open
import()
{
	dev export "$GPU" "$GPU_BAR" 0+0x100000 edu "$EDU" "$@"
}

traced()
{
	like "trace of $1" "$(grep "pfb_$1:" "$TRACE/trace")" "$2"
}

# Skips where an IOMMU keeps everybody from attaching.
need_direct()
{
	[ "${PFB_IOMMU:-0}" = 0 ] && return
	ktap_skip 'an IOMMU translates here'
	return 1
}

t_version()
{
	good
	is 'mode' "$(stat -c %a "$DEV")" 600
	runs 0 dev version 1 '!EPROTONOSUPPORT' version 2 version 0
	like 'version' "$ktap_out" "^version=1 module=$(cat "$KERNEL/version")\$"
}

t_sizes()
{
	good
	runs 0 dev sizes reserved
}

t_bar()
{
	good
	runs 0 dev bar "$GPU" "$GPU_BAR"
	like 'answer' "$ktap_out" "^state=1 flags=0xf registered=$GPU_ADDR resource=$GPU_ADDR size=$GPU_SIZE declared=$GPU_ADDR hpa=$GPU_ADDR "
	runs 0 dev '!ENODEV' bar ffff:ff:1f.7 0 '!ENOENT' bar "$GPU" 13 '!ENOENT' bar "$GPU" 4294967295
}

t_path()
{
	need_direct || return
	good
	runs 0 dev path "$GPU" "$GPU_BAR" "$EDU"
	like 'same switch' "$ktap_out" "^kind=direct passes=1 why=0x0 hops=5 decider=$(pfb_switch "$GPU") actions=01234 text=\$"
	runs 0 dev path "$GPU" "$GPU_BAR" "$FAR_EDU"
	like 'other root port' "$ktap_out" '^kind=host-bridge passes=0 why=0x[8a]00 .*no-common-bridge: '
	runs 0 dev path "$GPU" "$GPU_BAR" "$GPU"
	like 'itself' "$ktap_out" '^kind=blocked passes=0 .*same-function: '
}

# Each reason is said whole, or counted.
t_reasons()
{
	manifest "$GOOD,clique=1" "$(pfb_path "$FAR_EDU"),clique=2"
	reload
	pfb_command "$FAR_EDU" 4 0
	runs 0 dev path "$GPU" "$GPU_BAR" "$FAR_EDU"
	like 'the first' "$ktap_out" ' text=clique: the host '
	like 'the rest' "$ktap_out" '; \(\+[1-9] more\)$'
	if pfb_have_cli; then
		runs 1 "$CLI" export --client "$FAR_EDU" "$GPU"
		for reason in clique master-off no-common-bridge; do
			like 'the command names all' "$ktap_out" "^  $reason: .*: "
		done
	fi
	pfb_command "$FAR_EDU" 0 4
}

t_user()
{
	good
	runs 0 dev nobody '!EACCES' ctl
	runs 0 dev ctl nobody version 1 '!EPERM' bar "$GPU" "$GPU_BAR" \
		'!EPERM' path "$GPU" "$GPU_BAR" "$EDU" '!EPERM' manifest - \
		'!EPERM' verify '!EPERM' enforce dry '!EPERM' enforce 'do' \
		'!EPERM' export "$GPU" "$GPU_BAR" all
	unlike 'addresses' "$ktap_out" "${GPU_ADDR#0x}"
}

t_ranges()
{
	good
	page=$(pfb_page_size)
	runs 0 dev export "$GPU" "$GPU_BAR" all close
	like 'whole BAR' "$ktap_out" "^size=$GPU_SIZE owner= text=\$"
	runs 0 dev export "$GPU" "$GPU_BAR" "0+$page,$((page * 8))+$((page * 2))" \
		'!EINVAL' mmap private close
	like 'two ranges' "$ktap_out" "^size=$(printf '0x%x' $((page * 3))) "
	for bad in 0+0 1+$page 0+1 0+$((page - 1)) "$GPU_SIZE+$page" "0+$((GPU_SIZE + page))" \
			"0xfffffffffffff000+0x2000" "$page+$page,0+$page" "0+$((page * 2)),$page+$page"; do
		runs 0 dev '!EINVAL' export "$GPU" "$GPU_BAR" "$bad"
		like "text of $bad" "$ktap_out" 'text=range [01]: '
	done
	runs 0 dev '!EINVAL' export "$GPU" 6 all
	runs 0 dev '!EINVAL' export "$GPU" 5 all
	runs 0 dev '!ENODEV' export ffff:ff:1f.7 0 all
	# A BAR of registers that is smaller than a page: ivshmem's has 256 bytes.
	small=$(pfb_bar_addr "$GPU" 0)
	load "$GPU_PATH,bar0@$small=$small"
	runs 0 dev '!EINVAL' export "$GPU" 0 all
	like 'sub-page BAR' "$ktap_out" 'shares a page'
}

# refused ERRNO ERE: the export itself
refused()
{
	runs 0 dev "!$1" export "$GPU" "$GPU_BAR" all
	like 'text' "$ktap_out" "text=.*$2"
}

t_states()
{
	pfb_no_sources
	pfb_load policy=observe
	refused EPERM 'untracked|preserved'
	load "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE"
	refused EPERM 'declared.*allow_declared=1'
	load "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE" allow_declared=1
	runs 0 dev export "$GPU" "$GPU_BAR" all
	load "$GPU_PATH,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE" allow_declared=1
	refused EPERM moved
	load "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" allow_declared=1
	refused EPERM hpa-mismatch
	load "$GPU_PATH,id=10de:2330,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" allow_declared=1
	refused EPERM id-mismatch
	good
	pfb_command "$GPU" 2 0
	refused EIO 'memory decode is off'
	pfb_command "$GPU" 0 2
}

# Nobody asked for a check since it moved: the export asks for itself.
t_moved_unseen()
{
	good
	pfb_bar_write "$GPU" "$GPU_BAR" "$ELSEWHERE"
	refused EPERM moved
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
	runs 0 dev export "$GPU" "$GPU_BAR" all
}

t_p2pmem()
{
	good
	echo "$MODULE" >"$PCI/$GPU/driver_override"
	if ! pfb_has_p2pdma; then
		# There are none, and the driver that would make them takes nothing away.
		runs 0 dev export "$GPU" "$GPU_BAR" all \
			sh "echo $GPU >/sys/bus/pci/drivers_probe 2>/dev/null || :" sync start sync end
		like 'provider' "$(pfb_attr "$GPU" provider)" CONFIG_PCI_P2PDMA
		echo >"$PCI/$GPU/driver_override"
		pfb_command "$GPU" 0 2
		return
	fi
	# Bound while it is exported, it is taken back.
	runs 0 dev export "$GPU" "$GPU_BAR" all edu "$EDU" sh "echo $GPU >/sys/bus/pci/drivers_probe" \
		'!ENODEV' attach good
	is 'provider' "$(pfb_attr "$GPU" provider)" registered
	refused EBUSY 'struct pages'
	echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
	pfb_command "$GPU" 0 2
	runs 0 dev export "$GPU" "$GPU_BAR" all
}

t_data()
{
	need_direct || return
	good
	runs 0 import attach good map entries "$GPU_ADDR" mmap shared sync start fill 0 0x10000 1 sync end \
		get 0x3000 0x2000 1 put 0x20000 0x2800 2 sync start check 0x20000 0x2800 2 \
		check 0 0x10000 1 sync end get 0x20000 0x1000 2 unmap detach
	runs 0 dev resource "$PCI/$GPU/resource$GPU_BAR" check 0x20000 0x2800 2 check 0 0x1000 1
	like 'bytes' "$ktap_out" '^10240 bytes each equal'
	traced attach "$GPU bar$GPU_BAR: client=$EDU path=direct error=0 reason=\$"
	traced export "$GPU bar$GPU_BAR: owner= size=0x100000"
}

# What DMA wrote is in the BAR and at that place, by the kernel's own file of it.
t_is_the_bar()
{
	need_direct || return
	good
	page=$(pfb_page_size)
	two="0x40000+$((page * 2)),0x80000+$page"
	runs 0 dev export "$GPU" "$GPU_BAR" "$two" edu "$EDU" attach good map put 0 $((page * 3)) 7
	runs 0 dev export "$GPU" "$GPU_BAR" "0+0x100000" mmap shared '!DIFFERENT' check 0x40000 8 8
	# The second range holds what is behind the first in the dma-buf.
	runs 0 dev export "$GPU" "$GPU_BAR" "0x80000+$page" edu "$EDU" attach good map \
		entries "$(printf '0x%x' $((GPU_ADDR + 0x80000)))"
	runs 0 dev export "$GPU" "$GPU_BAR" "$two" mmap shared check 0 $((page * 3)) 7
}

# 8 GiB and more come in entries whose length fits in 32 bits.
t_large()
{
	need_direct || return
	good
	runs 0 dev export "$GPU" "$GPU_BAR" all edu "$EDU" attach good map entries "$GPU_ADDR"
	like 'entries' "$ktap_out" "^entries=$(((GPU_SIZE + 0x7fffffff) / 0x80000000)) first=$GPU_ADDR size=$GPU_SIZE"
}

# attach_refused REASON KIND STEP...
attach_refused()
{
	reason=$1
	kind=$2
	shift 2
	: >"$TRACE/trace"
	runs 0 import '!EREMOTEIO' attach good
	traced attach "client=$EDU path=$kind error=-121 reason=$reason\$"
	runs 0 dev path "$GPU" "$GPU_BAR" "$EDU"
	like 'the ioctl says the same' "$ktap_out" "^kind=$kind passes=0 .*${reason##*,}: "
}

t_other_root_port()
{
	good
	runs 0 dev export "$GPU" "$GPU_BAR" all edu "$FAR_EDU" '!EREMOTEIO' attach good
	if [ "${PFB_IOMMU:-0}" = 0 ]; then
		traced attach "client=$FAR_EDU path=host-bridge error=-121 reason=(acs-redirect,)?no-common-bridge\$"
	else
		traced attach "client=$FAR_EDU path=blocked error=-121 reason=iommu,(acs-redirect,)?no-common-bridge\$"
	fi
}

t_clique()
{
	need_direct || return
	manifest "$GOOD,clique=1" "$EDU_PATH,clique=2"
	reload
	attach_refused clique blocked
	manifest "$GOOD,clique=1" "$EDU_PATH"
	reload
	attach_refused clique blocked
	manifest "$GOOD,clique=1" "$EDU_PATH,clique=1"
	reload
	runs 0 import attach good map
}

t_dma_mask()
{
	need_direct || return
	good
	runs 0 import mask 32 '!EREMOTEIO' attach good
	traced attach "client=$EDU path=blocked error=-121 reason=dma-mask\$"
	# One that the driver makes smaller after it attached.
	runs 0 import mask 64 attach good mask 40 '!EREMOTEIO' map mask 64 map
	# For those that follow, whatever came of it.
	runs 0 import mask 64
}

t_commands()
{
	need_direct || return
	good
	pfb_command "$EDU" 4 0
	attach_refused master-off blocked
	pfb_command "$EDU" 0 4
	port=$(pfb_parent "$EDU")
	pfb_command "$port" 4 0
	attach_refused master-off blocked
	pfb_command "$port" 0 4
	: >"$TRACE/trace"
	runs 0 import sh "setpci -s $GPU COMMAND=0:2" '!EREMOTEIO' attach good \
		sh "setpci -s $GPU COMMAND=2:2" attach good
	traced attach 'path=blocked error=-121 reason=memory-off'
}

# What passed a moment ago passes still, but not for long, and not when anything changed.
t_known()
{
	need_direct || return
	good
	port=$(pfb_parent "$EDU")
	off="setpci -s $port COMMAND=0:4"
	on="setpci -s $port COMMAND=4:4"
	runs 0 import attach good detach sh "$off; sleep 1.1" '!EREMOTEIO' attach good \
		sh "$on" attach good detach sh "$off" verify '!EREMOTEIO' attach good \
		sh "$on" attach good detach mask 32 '!EREMOTEIO' attach good mask 64 attach good detach \
		sh "$off; echo 1 >$PCI/$GPU/enable" '!EREMOTEIO' attach good \
		sh "$on" attach good detach \
		sh "$off; cd /sys/bus/pci/drivers/pfb_edu; echo $FAR_EDU >unbind; echo $FAR_EDU >bind" \
		'!EREMOTEIO' attach good
	echo 0 >"$PCI/$GPU/enable"
	pfb_command "$GPU" 0 2
	# One that attached before that, and was not looked at since, maps.
	runs 0 import sh "$on" attach good \
		sh "$off; cd /sys/bus/pci/drivers/pfb_edu; echo $FAR_EDU >unbind; echo $FAR_EDU >bind" \
		'!EREMOTEIO' map sh "$on" map
	traced attach "client=$EDU path=blocked error=-121 reason=master-off"
}

# Moved, and nobody asked for a check: the one that attaches does not get the old address.
t_moved_attach()
{
	need_direct || return
	good
	low=$(printf %x.l $((0x10 + 4 * GPU_BAR)))
	high=$(printf %x.l $((0x14 + 4 * GPU_BAR)))
	move="setpci -s $GPU COMMAND=0:2; setpci -s $GPU $low=$(printf %x $((ELSEWHERE & 0xffffffff))) $high=$(printf %x $((ELSEWHERE >> 32))); setpci -s $GPU COMMAND=2:2"
	runs 0 import sh "$move" '!EREMOTEIO' attach good
	traced attach "client=$EDU path=blocked error=-121 reason=bar-state"
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
}

# siblings: an ivshmem and another function directly below one root port, in $SIB,
# $SIB_CLIENT and $SIB_PORT
siblings()
{
	no_siblings='no two functions directly below one root port'
	for dev in "$PCI"/*; do
		SIB=${dev##*/}
		[ "$(pfb_id "$SIB")" = 1af4:1110 ] || continue
		[ "$SIB" != "$GPU" ] || continue
		SIB_PORT=$(pfb_root_port "$SIB") SIB_CLIENT=${SIB%.*}.1
		[ "$(pfb_parent "$SIB")" != "$SIB_PORT" ] || [ ! -e "$PCI/$SIB_CLIENT" ] || return 0
	done
	return 1
}

# An ACS port that turns is only where two functions are directly below a root port.
t_acs()
{
	need_direct || return
	siblings || { ktap_lack "$no_siblings"; return; }
	sib=$SIB sib_port=$SIB_PORT client=$SIB_CLIENT
	bar=$(pfb_largest_bar "$sib")
	addr=$(pfb_bar_addr "$sib" "$bar")
	[ "$((addr))" != 0 ] || { ktap_skip "bar$bar of $sib has no address"; return; }
	load "$(pfb_path "$sib"),bar$bar@$addr=$addr"
	setpci -s "$sib" COMMAND=2:2
	old=$(setpci -s "$sib_port" ECAP_ACS+6.w)
	setpci -s "$sib_port" ECAP_ACS+6.w=0
	runs 0 dev path "$sib" "$bar" "$client"
	like 'without' "$ktap_out" "^kind=direct passes=1 .*decider=$sib_port "
	setpci -s "$sib_port" ECAP_ACS+6.w=4
	runs 0 dev path "$sib" "$bar" "$client"
	like 'with redirect' "$ktap_out" "^kind=redirected passes=0 why=0x200 .*decider=$sib_port .*acs-redirect: .*disable_acs_redir"
	setpci -s "$sib_port" ECAP_ACS+6.w="$old"
}

t_iommu()
{
	if [ "${PFB_IOMMU:-0}" = 0 ]; then
		ktap_skip 'no IOMMU translates here'
		return
	fi
	good
	attach_refused iommu blocked
}

t_importers()
{
	need_direct || return
	good
	runs 0 import '!EOPNOTSUPP' attach pages
	traced attach "client=$EDU path=direct error=-95 reason=importer-needs-pages"
	runs 0 import '!EOPNOTSUPP' attach static
}

t_vgem()
{
	modprobe vgem 2>/dev/null || { ktap_skip "kernel $(uname -r) has no vgem"; return; }
	pfb_wait 10 test -e /dev/dri/card0
	good
	runs 0 dev export "$GPU" "$GPU_BAR" 0+0x100000 '!EREMOTEIO' vgem
	traced attach 'client=[^ ]*vgem[^ ]* path=blocked error=-121 reason=[a-z,-]*not-pci'
	rmmod vgem
}

t_unload()
{
	good
	runs 0 dev export "$GPU" "$GPU_BAR" all sh "! rmmod $MODULE 2>/dev/null" close
	pfb_wait 5 rmmod "$MODULE"
	is 'loaded' "$(pfb_loaded && echo yes)" ''
}

# revoked REASON STEP...: what revokes stands in STEP...
revoked()
{
	reason=$1
	shift
	: >"$TRACE/trace"
	runs 0 import attach good map mmap shared fill 0 0x1000 3 get 0 0x1000 3 "$@" \
		'!ENODEV' map '!ENXIO' get 0 0x1000 3 '!SIGBUS' check 0 8 3 '!ENODEV' sync start \
		'!ENODEV' mmap shared detach '!ENODEV' attach good
	traced revoke "$GPU bar$GPU_BAR: $reason"
	like 'log' "$(pfb_log)" "$GPU: .*bar$GPU_BAR: an export of 1024 KiB was revoked: $reason"
}

t_revoked_verdict()
{
	need_direct || return
	good
	low=$(printf %x.l $((0x10 + 4 * GPU_BAR)))
	high=$(printf %x.l $((0x14 + 4 * GPU_BAR)))
	move="setpci -s $GPU COMMAND=0:2; setpci -s $GPU $low=$(printf %x $((ELSEWHERE & 0xffffffff))) $high=$(printf %x $((ELSEWHERE >> 32))); setpci -s $GPU COMMAND=2:2"
	revoked moved sh "$move" verify
	pfb_bar_write "$GPU" "$GPU_BAR" "$GPU_ADDR"
	pfb_verify
	runs 0 import attach good map
}

t_revoked_manifest()
{
	need_direct || return
	blob manifest "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" >"$WORK/other"
	blob manifest "$GOOD,clique=1" >"$WORK/clique"
	pfb_no_sources
	reload
	blob manifest "$GOOD" >"$WORK/manifest"
	runs 0 dev manifest "$WORK/manifest"
	revoked hpa-mismatch manifest "$WORK/other"
	runs 0 dev manifest "$WORK/manifest"
	revoked clique manifest "$WORK/clique"
	runs 0 dev manifest "$WORK/manifest"
	revoked 'untracked|preserved' manifest -
}

t_revoked_path()
{
	need_direct || return
	good
	revoked master-off sh "setpci -s $EDU COMMAND=0:4" verify sh "setpci -s $EDU COMMAND=4:4"
}

t_revoked_unbind()
{
	need_direct || return
	good
	pfb_test_module pfb_sample
	echo pfb_sample >"$PCI/$GPU/driver_override"
	echo "$GPU" >/sys/bus/pci/drivers_probe
	is 'driver' "$(basename "$(readlink "$PCI/$GPU/driver")")" pfb_sample
	revoked 'its driver unbinds' sh "echo $GPU >$PCI/$GPU/driver/unbind; setpci -s $GPU COMMAND=2:2"
	like 'owner' "$ktap_out" '^size=0x100000 owner=pfb_sample '
	# And by one that binds, of what nobody had.
	revoked 'a driver binds' sh "echo $GPU >/sys/bus/pci/drivers_probe"
	echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
	rmmod pfb_sample
	pfb_command "$GPU" 0 2
}

# bar0_at ADDRESS: the BAR that is exported where it is, and bar0 there
bar0_at()
{
	read -r start end _ <"$PCI/$GPU/resource"
	echo "$GPU_PATH,id=$GPU_ID,bar0@$1+$(printf '0x%x' $((end - start + 1))),bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR"
}

# bar0_places: where bar0 is, and another page of the same window, in $start and $elsewhere
bar0_places()
{
	read -r start _ <"$PCI/$GPU/resource"
	elsewhere=$(printf '0x%x' $((start ^ 0x1000)))
}

t_enforce()
{
	bar0_places
	load "$(bar0_at "$elsewhere")"
	pfb_snapshot >"$WORK/before"
	runs 0 dev enforce dry
	like 'plan' "$ktap_out" "^  move $GPU bar0: .* -> $elsewhere-"
	like 'answer' "$ktap_out" '^refused=0 text=$'
	runs 0 dev '!EPERM' enforce 'do'
	like 'observe' "$ktap_out" '^refused=1 text=policy=observe touches nothing'
	if pfb_have_cli; then
		runs 3 "$CLI" enforce
		like 'the tool' "$ktap_out" 'policy=observe touches nothing'
		runs 0 "$CLI" enforce --dry-run
		like 'the plan of the tool' "$ktap_out" "^  move $GPU bar0: "
	fi
	# One that cannot be: outside of the bridge's memory.
	load "$(bar0_at 0x1000)"
	runs 0 dev sh "[ \"\$(cat $PCI/$GPU/fixed_bars/bar0_state)\" = moved ]"
	runs 1 dev enforce dry
	like 'refused' "$ktap_out" '^refused=1 text=.+'
	pfb_same_as "$WORK/before" 'something was moved'
}

# Whoever was handed the dma-buf may keep nothing of it but its name: it is there, and is found.
t_revoked_name()
{
	good
	blob manifest "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" >"$WORK/other"
	pfb_mark
	runs 0 dev export "$GPU" "$GPU_BAR" 0+0x100000 name manifest "$WORK/other"
	like 'log' "$(pfb_log)" "$GPU: .*bar$GPU_BAR: an export of 1024 KiB was revoked: untracked"
	runs 0 dev manifest -
}

# What is exported does not fall asleep, whatever its driver or the kernel finds of it.
t_awake()
{
	good
	read -r control <"$PCI/$GPU/power/control"
	echo auto >"$PCI/$GPU/power/control"
	if pfb_wait 10 grep -qx suspended "$PCI/$GPU/power/runtime_status"; then
		runs 0 dev export "$GPU" "$GPU_BAR" all sh "sleep 1; grep -qx active $PCI/$GPU/power/runtime_status"
		pfb_wait 10 grep -qx suspended "$PCI/$GPU/power/runtime_status"
		is 'without an export' "$(cat "$PCI/$GPU/power/runtime_status")" suspended
	else
		ktap_lack "$GPU does not suspend"
	fi
	echo "$control" >"$PCI/$GPU/power/control"
}

# Another BAR of the function is put where it was declared: meanwhile none of it answers.
t_revoked_enforce()
{
	need_direct || return
	bar0_places
	load "$(bar0_at "$elsewhere")" policy=preserve
	revoked 'the function is moved' enforce 'do'
	read -r now _ <"$PCI/$GPU/resource"
	is 'bar0' "$((now))" "$((elsewhere))"
	load "$(bar0_at "$start")" policy=preserve
	echo 1 >"$KERNEL/enforce"
	read -r now _ <"$PCI/$GPU/resource"
	is 'bar0, back' "$((now))" "$((start))"
	pfb_command "$GPU" 0 2
	runs 0 import attach good map
}

# A driver that exports its own BAR.
t_api()
{
	good
	pfb_test_module pfb_sample bar="$GPU_BAR" client="$EDU"
	pfb_mark
	echo pfb_sample >"$PCI/$GPU/driver_override"
	echo "$GPU" >/sys/bus/pci/drivers_probe
	if [ "${PFB_IOMMU:-0}" = 0 ]; then
		like 'path' "$(pfb_log)" "$EDU reaches BAR $GPU_BAR directly \(why: 0x0\)"
	else
		like 'path' "$(pfb_log)" "$EDU does not reach BAR $GPU_BAR directly \(why: 0x40\)"
	fi
	like 'export' "$(pfb_log)" "BAR $GPU_BAR is exported, $((GPU_SIZE)) bytes"
	if rmmod "$MODULE" 2>/dev/null; then
		ktap_fail 'the module was unloaded from under a driver that uses it'
	fi
	echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
	like 'revoked' "$(pfb_log)" 'revoked: its driver unbinds'
	like 'revoked before that' "$(pfb_log)" 'what was exported is revoked already'
	rmmod pfb_sample
	pfb_command "$GPU" 0 2
}

# One that does not let go is named; nobody hangs for it.
t_deaf()
{
	need_direct || return
	good
	blob manifest "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" >"$WORK/other"
	pfb_mark
	runs 0 import attach deaf map manifest "$WORK/other" unmap '!ENODEV' map
	like 'log' "$(pfb_log)" "$EDU still uses it, and cannot be stopped from here: unbind its driver"
	runs 0 dev manifest -
	# Nor is anything moved under its feet, until it lets go.
	bar0_places
	load "$(bar0_at "$elsewhere")" policy=preserve
	runs 0 import attach deaf map '!EBUSY' enforce 'do' \
		sh "read -r now _ <$PCI/$GPU/resource; [ \$((now)) = $((start)) ]" unmap enforce 'do'
	like 'refused' "$ktap_out" "$EDU was told to stop, and still uses what is exported of it"
	read -r now _ <"$PCI/$GPU/resource"
	is 'bar0, once it let go' "$((now))" "$((elsewhere))"
	load "$(bar0_at "$start")" policy=preserve
	echo 1 >"$KERNEL/enforce"
	pfb_command "$GPU" 0 2
}

# One that unmaps at once, while its engine goes on: its fence is waited for.
t_fenced()
{
	need_direct || return
	good
	blob manifest "$GPU_PATH,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$ELSEWHERE" >"$WORK/other"
	pfb_mark
	runs 0 import attach fenced map overtake "$WORK/other" '!ENODEV' map
	like 'log' "$(pfb_log)" 'an export of [0-9]+ KiB was revoked'
	runs 0 dev manifest -
}

t_manifest()
{
	blob manifest "$GOOD" >"$WORK/manifest"
	blob manifest "$GPU_PATH,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE" >"$WORK/other"
	head -c 40 "$WORK/manifest" >"$WORK/cut"
	head -c 1048577 /dev/zero >"$WORK/huge"
	pfb_no_sources
	pfb_load policy=observe
	is 'status before' "$(pfb_source ioctl status)" absent
	runs 0 dev manifest "$WORK/manifest"
	like 'answer' "$ktap_out" '^functions=1 text=a manifest of [0-9]+ bytes'
	is 'status' "$(pfb_source ioctl status)" ok
	is 'functions' "$(pfb_source ioctl functions)" 1
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	like 'source of the BAR' "$(pfb_attr "$GPU" "bar${GPU_BAR}_source")" '^ioctl$'
	# What is broken changes nothing.
	runs 0 dev '!EINVAL' manifest "$WORK/cut" '!E2BIG' manifest "$WORK/huge"
	like 'text' "$ktap_out" 'text=.*at most 1048576'
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	# The next takes its place, with nothing left of the first.
	runs 0 dev manifest "$WORK/other"
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" moved
	runs 0 dev manifest -
	is 'status after' "$(pfb_source ioctl status)" absent
	like 'state after' "$(pfb_state "$GPU" "$GPU_BAR")" 'untracked|preserved'
	# Beside another source that says otherwise, neither applies.
	good
	runs 0 dev manifest "$WORK/other"
	like 'errors' "$(cat "$KERNEL/errors")" "^$GPU_PATH: .*manifest.bin.*ioctl"
	like 'state' "$(pfb_state "$GPU" "$GPU_BAR")" 'untracked|preserved'
	runs 0 dev manifest -
	is 'errors' "$(cat "$KERNEL/errors")" ''
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	if pfb_have_cli; then
		pfb_no_sources
		pfb_load policy=observe
		runs 0 "$CLI" manifest load "$WORK/manifest"
		like 'the command' "$ktap_out" '^1 function declared'
		is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
		runs 0 "$CLI" verify --recheck "$GPU"
		runs 1 "$CLI" manifest load "$WORK/cut"
		like 'what is wrong' "$ktap_out" "$WORK/cut: "
		is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
		runs 0 "$CLI" manifest unload
		is 'status' "$(pfb_source ioctl status)" absent
		runs 2 "$CLI" manifest unload "$WORK/manifest"
		runs 2 "$CLI" manifest load
		good
	fi
	# Of what is not there, nothing stays behind.
	blob manifest "0000:00:1e.7,bar0@0x4000000000" >"$WORK/absent"
	runs 0 dev manifest "$WORK/absent"
	like 'missing' "$(cat "$KERNEL/missing")" '0000:00:1e.7'
	runs 0 dev manifest -
	is 'missing' "$(cat "$KERNEL/missing")" ''
}

t_verify()
{
	good
	runs 0 dev verify
	like 'answer' "$ktap_out" '^states=10 bars=[0-9]+,1,0,'
}

# A function that goes takes its exports along. It is the one directly below a root
# port: what is removed below the switch comes back elsewhere.
t_removed()
{
	siblings || { ktap_lack "$no_siblings"; return; }
	bar=$(pfb_largest_bar "$SIB")
	addr=$(pfb_bar_addr "$SIB" "$bar")
	[ "$((addr))" != 0 ] || { ktap_skip "bar$bar of $SIB has no address"; return; }
	manifest "$(pfb_path "$SIB"),bar$bar@$addr=$addr"
	pfb_load
	echo 1 >"$TRACE/events/pci_fixed_bars/enable"
	: >"$TRACE/trace"
	setpci -s "$SIB" COMMAND=2:2
	runs 0 dev export "$SIB" "$bar" 0+0x10000 mmap shared fill 0 0x1000 4 check 0 0x1000 4 \
		sh "echo 1 >$PCI/$SIB/remove" '!SIGBUS' check 0 8 4 '!ENODEV' sync start \
		'!ENODEV' export "$SIB" "$bar" all
	traced revoke "$SIB bar$bar: it is removed"
	echo 1 >"$PCI/$SIB_PORT/rescan"
	is 'address afterwards' "$(pfb_bar_addr "$SIB" "$bar")" "$addr"
	setpci -s "$SIB" COMMAND=2:2
	runs 0 dev verify export "$SIB" "$bar" all
}

# What is left of a thousand of each would be a thousand objects.
t_leak()
{
	need_direct || return
	[ -e /sys/kernel/slab/filp/shrink ] || { ktap_skip 'the kernel does not count slab objects'; return; }
	good
	# Once to warm up.
	for _ in 1 2; do
		before=$(pfb_objects)
		runs 0 import time 1000 repeat "$GPU" "$GPU_BAR" "$EDU" 1000
		after=$(pfb_objects)
	done
	ktap_say "$before objects before, $after after 1000 of everything"
	if [ "$((after - before))" -gt 500 ]; then
		ktap_fail "$((after - before)) objects more than before"
	fi
}

# stress SECONDS SEED OPTION...
stress()
{
	seconds=$1
	seed=$2
	shift 2
	before=$(pfb_objects)
	runs 0 pfb_stress "$@" "$seconds" "$seed" "$GPU" "$GPU_BAR" "$WORK/right" "$WORK/wrong" \
		"$EDU" "$EDU" "$EDU" "$EDU"
	ktap_say "$ktap_out"
	none_left
	ktap_say "$before slab objects before, $(pfb_objects) after"
}

# A function that is pulled and plugged in again takes a quarter of a minute.
t_stress()
{
	need_direct || return
	time=${PFB_STRESS:-10}
	blob manifest "$GOOD" >"$WORK/right"
	blob manifest "$GPU_PATH,bar$GPU_BAR@$ELSEWHERE+$GPU_SIZE=$ELSEWHERE" >"$WORK/wrong"
	pfb_no_sources
	reload policy=preserve
	pfb_test_module pfb_sample
	echo pfb_sample >"$PCI/$GPU/driver_override"
	port=$(pfb_parent "$EDU")
	gpu_port=$(pfb_parent "$GPU")
	pull=''
	if [ "$time" -ge 30 ] && command -v pfb-host >/dev/null; then
		pull='-p gpu0'
		# An empty port that sleeps hears of nothing that is plugged in, in QEMU.
		control=$(cat "$PCI/$gpu_port/power/control")
		echo on >"$PCI/$gpu_port/power/control"
	fi
	# shellcheck disable=SC2086
	stress "$time" "${PFB_SEED:-1}" $pull -c "$port"
	[ -z "$pull" ] || echo "$control" >"$PCI/$gpu_port/power/control"
	[ ! -e "$PCI/$GPU/driver" ] || echo "$GPU" >"$PCI/$GPU/driver/unbind"
	echo >"$PCI/$GPU/driver_override"
	rmmod pfb_sample
	pfb_command "$GPU" 0 2
	pfb_command "$port" 0 4
	stress "$((time / 4 + 5))" "${PFB_SEED:-1}" -u -c "$port"
	pfb_command "$port" 0 4
	runs 0 pfb_unload
}

none_left()
{
	is 'dma-bufs left' "$(grep -c pci_fixed_bars /sys/kernel/debug/dma_buf/bufinfo)" 0
}

t_cli()
{
	pfb_have_cli || { ktap_lack "no $CLI"; return; }
	good
	page=$(pfb_page_size)
	runs 0 "$CLI" export "$GPU"
	is 'text' "$ktap_out" "$GPU bar$GPU_BAR: $((GPU_SIZE)) bytes"
	runs 0 "$CLI" export --json --range "$page+$((page * 2))" --range "0x100000+$page" "$GPU_PATH"
	printf '%s\n' "$ktap_out" >"$WORK/export.json"
	is 'size' "$(jsonq "$WORK/export.json" size)" "$(printf 0x%x $((page * 3)))"
	is 'provider' "$(jsonq "$WORK/export.json" provider)" "$GPU"
	# shellcheck disable=SC2016
	runs 7 "$CLI" export "$GPU" -- sh -c 'readlink /proc/self/fd/$PFB_DMABUF; echo $PFB_DMABUF_SIZE; exit 7'
	like 'descriptor' "$ktap_out" 'dmabuf'
	like 'size' "$ktap_out" "^$((GPU_SIZE))\$"
	runs 1 "$CLI" export --client "$FAR_EDU" "$GPU"
	like 'why not' "$ktap_out" 'does not reach.* directly:$'
	like 'why not' "$ktap_out" '^  no-common-bridge: '
	[ "${PFB_IOMMU:-0}" = 1 ] || runs 0 "$CLI" export --client "$EDU" "$GPU"
	runs 1 "$CLI" export --range 0+1 "$GPU"
	like 'why not' "$ktap_out" 'whole pages'
	runs 2 "$CLI" export
	runs 2 "$CLI" export --range nonsense "$GPU"
	pfb_unload
	runs 3 "$CLI" export "$GPU"
	like 'fix' "$ktap_out" 'modprobe pci_fixed_bars'
}

# Every request is served now and then; of a user only the handshake is.
t_fuzz()
{
	good
	chmod 711 "$WORK"
	chmod 644 "$WORK/manifest"
	served=
	for seed in 1 2; do
		runs 0 dev fuzz "$seed" 1000 "$WORK/manifest" "$GPU" "$GPU_BAR"
		ktap_say "root: $ktap_out" | tail -n 1
		served="$served$ktap_out
"
		runs 0 dev ctl nobody fuzz "$seed" 500 "$WORK/manifest" "$GPU" "$GPU_BAR"
		ktap_say "user: $ktap_out" | tail -n 1
		like 'a user' "$ktap_out" '^served [0-9]+ 0 0 0 0 0 0, refused [1-9]'
	done
	for nr in 2 3 4 5 6 7 8; do
		isnt "request $((nr - 2)) served" "$(printf '%s' "$served" |
			awk -v nr="$nr" '{ sum += $nr } END { print sum + 0 }')" 0
	done
	runs 0 dev manifest -
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	none_left
}

t_lockdown()
{
	if [ "${PFB_LOCKDOWN:-0}" != 1 ]; then
		ktap_skip 'it lasts until the next boot: allow it with PFB_LOCKDOWN=1'
		return
	fi
	good
	runs 0 dev export "$GPU" "$GPU_BAR" all
	[ -e /sys/kernel/security/lockdown ] || mount -t securityfs securityfs /sys/kernel/security
	runs 0 sh -c 'echo integrity >/sys/kernel/security/lockdown'
	runs 0 dev '!EPERM' export "$GPU" "$GPU_BAR" all
	like 'text' "$ktap_out" 'text=the kernel is locked down'
	runs 0 dev bar "$GPU" "$GPU_BAR"
}

ktap_test 'handshake' t_version
ktap_test 'requests that are too short, longer, or unknown' t_sizes
ktap_test 'what is known of a BAR' t_bar
ktap_test 'a path: the verdict and its reason' t_path
ktap_test 'a path: every reason, whole or counted' t_reasons
ktap_test 'an ordinary user: refused, and told no address' t_user
ktap_test 'a manifest: loaded, replaced, refused, in conflict, taken back' t_manifest
ktap_test 'verify: counts' t_verify
ktap_test 'enforce: planned, refused' t_enforce
ktap_test 'the BAR, ranges of it, and what is no range of it' t_ranges
ktap_test 'not exported: verdict, memory decode' t_states
ktap_test 'not exported: moved since the last check' t_moved_unseen
ktap_test 'not exported: struct pages (p2pmem) of the same BAR' t_p2pmem
ktap_test 'what is exported does not fall asleep' t_awake
ktap_test 'data: both ways, by DMA and by CPU, every byte' t_data
ktap_test 'data: two ranges, each in its place' t_is_the_bar
ktap_test 'the whole BAR in entries below 4 GiB' t_large
ktap_test 'attach refused: another root port' t_other_root_port
ktap_test 'attach refused: another clique, or one of them without' t_clique
ktap_test 'attach refused: DMA mask; map refused when it shrinks' t_dma_mask
ktap_test 'attach refused: bus mastering, memory decode' t_commands
ktap_test 'a path that passed is known, until something changes' t_known
ktap_test 'attach refused: moved since the last check' t_moved_attach
ktap_test 'path refused: ACS redirect on the port that turns' t_acs
ktap_test 'attach refused: an IOMMU translates' t_iommu
ktap_test 'attach refused: wants pages, or cannot be told' t_importers
ktap_test 'attach refused: vgem, no PCI device' t_vgem
ktap_test 'revoked: the verdict changes' t_revoked_verdict
ktap_test 'revoked: only its name is left' t_revoked_name
ktap_test 'revoked: another manifest' t_revoked_manifest
ktap_test 'revoked: a path changes' t_revoked_path
ktap_test 'revoked: the owner unbinds, or somebody binds' t_revoked_unbind
ktap_test 'an importer that does not let go is named' t_deaf
ktap_test 'DMA that only a fence speaks of is waited for' t_fenced
ktap_test 'a driver that exports its own BAR' t_api
ktap_test 'no unload while something is exported' t_unload
ktap_test 'revoked: the function is moved' t_revoked_enforce
ktap_test 'revoked: removed' t_removed
ktap_test 'the command: export' t_cli
ktap_test 'random requests, of root and of a user' t_fuzz
ktap_test 'nothing is left of what was attached, exported and asked' t_leak
ktap_test 'under fire: exported, used and taken away at random' t_stress
ktap_test 'not exported: the kernel is locked down' t_lockdown

ktap_run
