#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# faults - each allocation of the module fails once, in all that it does; afterwards all
# is as it was, or as it was to become
#
# Needs: root; the module, pfb_edu (tools/testing/modules); a kernel with failslab,
# fail_page_alloc and fail-nth, as the bench's debug kernel; a provider without a driver,
# an NVMe and QEMU's edu under its switch, and one edu behind another root port.
# Changes: reloads the module; moves BARs; removes devices and looks for them again.
#
#	PFB_TARGET, PFB_OTHER	as in enforce.sh; the provider is at neither

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

DEBUGFS=/sys/kernel/debug
INJECTORS="$DEBUGFS/failslab $DEBUGFS/fail_page_alloc"
T1=${PFB_TARGET:-0x6b8000000000}
T2=${PFB_OTHER:-0x6c0000000000}

[ -e /proc/self/fail-nth ] || ktap_skip_all "kernel $(uname -r) has no fault injection" skip
[ -e "$DEBUGFS/failslab/require-start" ] || ktap_skip_all "kernel $(uname -r) has no failslab by stack trace" skip
[ -e "$DEBUGFS/kcov" ] || ktap_skip_all "kernel $(uname -r) has no kcov" skip
pfb_begin_moving
pfb_engines
[ -n "$EDU" ] || ktap_skip_all "no DMA engine (edu, 1234:11e8) under the switch of $GPU" lack
[ -n "$FAR_EDU" ] || ktap_skip_all 'no DMA engine (edu, 1234:11e8) behind another root port' lack
SITES=$pfb_here/fault_sites
[ -s "$SITES" ] || ktap_skip_all "no $SITES: tools/testing/vm/image makes it of the module" lack
KO=$(modinfo -n "$MODULE")
GPU_IS=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@
NIC_IS=$NIC_PATH,id=$NIC_ID,bar0@$NIC_ADDR+$NIC_SIZE=$NIC_ADDR
ENFORCE=$KERNEL/enforce
STATE=$PCI/$GPU/fixed_bars/bar${GPU_BAR}_state
FIXED=0x10			# IORESOURCE_PCI_FIXED
OFTEN=1000
blob manifest "$GPU_IS$GPU_ADDR+$GPU_SIZE=$GPU_ADDR" "$NIC_IS" >"$WORK/home"
blob manifest "$GPU_IS$T1+$GPU_SIZE=$T1" "$NIC_IS" >"$WORK/away"
: >"$WORK/seen"
# The failures' own stack traces are no complaints of the kernel: what is one is looked for
# after each. On the console they would only take time.
dmesg -n 4
pfb_finally 'dmesg -c >/dev/null; dmesg -n 7'
pfb_finally 'look_away'

set_all()	# set_all FILE VALUE
{
	for dir in $INJECTORS; do
		echo "$2" >"$dir/$1"
	done
}

# function_at NAME: from where to where one of the kernel's is, in $from and $to
function_at()
{
	# shellcheck disable=SC2046
	set -- $(awk -v name="$1" '
		$2 !~ /[tT]/ { next }
		$3 == name && !found { found = $1; next }
		found && $1 > found && (!next_one || $1 < next_one) { next_one = $1 }
		END { print found, next_one }
	' /proc/kallsyms)
	from=0x${1:-0} to=0x${2:-0}
	isnt "address of a function" "$((to))" 0
}

set_up()
{
	for setting in ignore-gfp-wait=N stacktrace-depth=32; do
		set_all "${setting%=*}" "${setting#*=}"
	done
	echo 0 >"$DEBUGFS/fail_page_alloc/min-order"
	echo N >"$DEBUGFS/fail_page_alloc/ignore-gfp-highmem"
	# kmemleak allocates for itself whenever somebody else does.
	if [ -e "$DEBUGFS/kmemleak" ]; then
		function_at __alloc_object
		set_all reject-start "$from"
		set_all reject-end "$to"
	fi
}

# Which allocations are looked at: those with code between two addresses on the stack.
look_at()	# look_at FROM TO
{
	set_all require-start "$1"
	set_all require-end "$2"
}

look_away()
{
	set_all probability 0
	look_at 0 0
}

# each WHAT STEP...: of fail_each
each()
{
	what=$1
	shift
	runs 0 fail_each "$WORK/seen" "$SITES" "$@"
	ktap_say "$what: $ktap_out"
	look_away
}

# elsewhere FUNCTION [CALLED]: the next allocation there fails, whoever runs it, as not
# everything is done by the task that asked
elsewhere()
{
	# shellcheck disable=SC2046
	set -- $(awk -v name="$1" -v called="${2:-}" '
		{ split($1, place, "+") }
		place[1] == name && (!called || $2 == called) { print $1, $3, $4; exit }' "$SITES")
	site=${1:-}
	isnt 'site' "$site" ''
	# Not by read: these files are read at once or not at all.
	at=$(($(cat "/sys/module/$MODULE/sections/$2") + $3))
	look_at "$(printf '0x%x' "$at")" "$(printf '0x%x' $((at + 1)))"
	set_all task-filter N
	set_all times 1
	set_all probability 100
}

failed_elsewhere()
{
	read -r times <"$DEBUGFS/failslab/times"
	[ "$times" = 0 ]
}

elsewhere_ends()	# elsewhere_ends WHEN
{
	pfb_wait 20 failed_elsewhere
	is "$1: it failed at $site" "$(failed_elsewhere && echo failed)" failed
	failed_elsewhere && echo "$site" >>"$WORK/seen"
	look_away
}

declare_both()	# declare_both ADDRESS
{
	pfb_declare "$GPU_IS$1+$GPU_SIZE=$1" "$NIC_IS"
}

# always_elsewhere FUNCTION: not only the next one
always_elsewhere()
{
	elsewhere "$1"
	set_all times "$OFTEN"
}

always_ends()	# always_ends WHEN
{
	read -r times <"$DEBUGFS/failslab/times"
	isnt "$1: failures left at $site" "$times" "$OFTEN"
	[ "$times" = "$OFTEN" ] || echo "$site" >>"$WORK/seen"
	look_away
}

# Every source has something to say, and two of them not the same of the provider.
t_load()
{
	declare_both "$GPU_ADDR"
	[ -z "${FW_CFG:-}" ] || blob fixed-bars -w 0x1000+0x7000000000000000 v2 \
		"$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE!3" | pfb_fw_cfg etc/fixed-bars
	each 'load' prepare unload "$MODULE" \
		try load "$KO" "policy=preserve fixed_bars=$GPU=bar$GPU_BAR@$T1" \
		settle unload "$MODULE" same
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=preserve
	pfb_held 'all that'
}

t_verify()
{
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=preserve
	each 'verify' try write "$KERNEL/verify" 1 settle write "$KERNEL/verify" 1 is "$STATE" verified same
	each 'reading what is known' try read "$PCI/$GPU/fixed_bars/bar${GPU_BAR}_explain" \
		read "$PCI/$GPU/fixed_bars/error" read "$KERNEL/errors" read "$KERNEL/missing" \
		read "$KERNEL/sources/acpi_message"
}

t_requests()
{
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=observe
	each 'bar and path' try run pfb_dev bar "$GPU" "$GPU_BAR" path "$GPU" "$GPU_BAR" "$NIC" \;
	each 'a manifest that contradicts another' try run pfb_dev manifest "$WORK/away" \; \
		success is "$STATE" untracked settle run pfb_dev manifest - \; write "$KERNEL/verify" 1 is "$STATE" verified same
	# It contradicts even where there is no memory to say how.
	elsewhere refuse
	runs 0 pfb_dev manifest "$WORK/away"
	elsewhere_ends 'a contradiction'
	is 'state of what contradicts' "$(cat "$STATE")" untracked
	like 'why' "$(cat "$PCI/$GPU/fixed_bars/error")" 'no memory to say how'
	runs 0 pfb_dev manifest -
	each 'a dry run' try run pfb_dev enforce dry \; settle is "$STATE" verified same
}

t_export()
{
	pfb_test_module pfb_edu || { ktap_lack 'no module pfb_edu'; return; }
	pfb_wait 10 test -c "/dev/pfb_edu-$EDU"
	pfb_command "$GPU" 0 2
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=observe
	each 'export, attach, map, DMA, verify' try run pfb_dev export "$GPU" "$GPU_BAR" \
		0+0x10000,0x20000+0x10000 edu "$EDU" attach good map put 0 4096 7 get 0 4096 7 verify \
		unmap detach mmap shared fill 0 4096 9 check 0 4096 9 close \; \
		settle is "/sys/module/$MODULE/refcnt" 0 same
	pfb_unload
	rmmod pfb_edu
}

# Who has an export hears of it when the BAR is elsewhere, whatever failed meanwhile.
t_revoke()
{
	declare_both "$GPU_ADDR"
	pfb_command "$GPU" 0 2
	# Nobody else finds it before.
	runs 0 pfb_load policy=observe recheck_ms=0
	at=$(printf 0x%x $((GPU_ADDR ^ GPU_SIZE)))
	cat >"$WORK/spoil" <<-END
		cd $WORK && rm -f held go result
		(pfb_dev export $GPU $GPU_BAR all sync start sync end \
			sh 'echo >held; while [ ! -e go ]; do sleep 0.2; done' '!ENODEV' sync start
		echo \$? >result) >exported 2>&1 &
		while [ ! -e held ] && [ ! -e result ]; do sleep 0.2; done
		command=\$(setpci -s $GPU COMMAND)
		setpci -s $GPU COMMAND=0
		setpci -s $GPU $(printf '%x.l=%x %x.l=%x' $((0x10 + 4 * GPU_BAR)) $((at & 0xffffffff)) \
			$((0x14 + 4 * GPU_BAR)) $((at >> 32)))
		setpci -s $GPU COMMAND=\$command
	END
	cat >"$WORK/restore" <<-END
		cd $WORK && echo >go
		while [ ! -s result ]; do sleep 0.2; done
		cat exported
		command=\$(setpci -s $GPU COMMAND)
		setpci -s $GPU COMMAND=0
		setpci -s $GPU $(printf '%x.l=%x %x.l=%x' $((0x10 + 4 * GPU_BAR)) $((GPU_ADDR & 0xffffffff)) \
			$((0x14 + 4 * GPU_BAR)) $((GPU_ADDR >> 32)))
		setpci -s $GPU COMMAND=\$command
		read -r result <result
		exit "\$result"
	END
	each 'a verdict that changes' prepare run sh "$WORK/spoil" \; try write "$KERNEL/verify" 1 \
		settle write "$KERNEL/verify" 1 is "$STATE" moved run sh "$WORK/restore" \; \
		write "$KERNEL/verify" 1 is "$STATE" verified
}

t_provider()
{
	pfb_has_p2pdma || { ktap_skip "kernel $(uname -r) has no CONFIG_PCI_P2PDMA"; return; }
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=observe
	echo "$MODULE" >"$PCI/$GPU/driver_override"
	each 'binding a provider' prepare write "$PCI/$GPU/driver/unbind" "$GPU" \
		try write /sys/bus/pci/drivers_probe "$GPU" \
		settle write "$PCI/$GPU/driver/unbind" "$GPU" is "$STATE" verified same
	echo >"$PCI/$GPU/driver_override"
	# The manifest's flag is followed up by a worker.
	pfb_no_sources
	blob manifest "${GPU_IS}$GPU_ADDR+$GPU_SIZE=$GPU_ADDR,provider" >"$WORK/flagged"
	for function in pfb_registry_for_each pfb_dynid_note pfb_attach_flagged; do
		runs 0 pfb_load policy=observe
		elsewhere "$function"
		runs 0 pfb_dev manifest "$WORK/flagged"
		elsewhere_ends "the provider flag, $function"
		runs 0 pfb_dev manifest - manifest "$WORK/flagged"
		pfb_wait 10 test -e "$PCI/$GPU/driver"
		is "driver, once there is memory, $function" "$(basename "$(readlink -f "$PCI/$GPU/driver")")" "$MODULE"
		runs 0 pfb_unload
	done
}

t_recheck()
{
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=preserve recheck_ms=100
	elsewhere recheck_work_fn
	elsewhere_ends 'looking again'
	pfb_held 'looking again'
}

port_is_pinned()
{
	# shellcheck disable=SC2046
	set -- $(pfb_resource "$(pfb_parent "$GPU")" "$1")
	[ "$(($3 & FIXED))" != 0 ]
}

is_verified()
{
	[ "$(cat "$STATE")" = verified ]
}

# What is verified while it runs is pinned by a worker, which tries again. Where firmware asks
# for preservation, windows are pinned from the start, and stay so.
t_pins()
{
	pfb_no_sources
	runs 0 pfb_load policy=preserve
	pinned=''
	[ "$(pfb_attr "$GPU" preserve)" != honoured ] || pinned=pinned
	# As long as verdicts change: none of them is what has it tried again.
	always_elsewhere pfb_pin_all
	runs 0 pfb_dev manifest "$WORK/home"
	pfb_wait 10 is_verified
	sleep 1
	is 'the window above, as long as there is no memory' \
		"$(port_is_pinned 15 && echo pinned)" "$pinned"
	always_ends 'pinning'
	pfb_wait 10 port_is_pinned 15
	is 'the window above is pinned' "$(port_is_pinned 15 && echo pinned)" pinned
}

# One that is declared, and one that is not and whose room is looked for. Neither has a driver.
t_hotplug()
{
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=preserve
	each 'removal' try write "$PCI/$GPU/remove" 1 settle write "$PCI/$GPU/remove" 1 \
		write /sys/bus/pci/rescan 1 write "$KERNEL/verify" 1 is "$STATE" verified
	each 'hot-add' prepare write "$PCI/$GPU/remove" 1 write "$PCI/$FAR_EDU/remove" 1 \
		try write /sys/bus/pci/rescan 1 settle write /sys/bus/pci/rescan 1 \
		write "$KERNEL/verify" 1 is "$STATE" verified
	pfb_held 'all that'
}

# All or nothing; where it did move all the same, it moves back.
t_enforce()
{
	pfb_no_sources
	runs 0 pfb_load policy=preserve
	blob manifest "$GPU_IS$T2+$GPU_SIZE=$T2" "$NIC_IS" >"$WORK/back"
	runs 0 pfb_dev manifest "$WORK/back" enforce 'do'
	GPU_ADDR=$T2
	pfb_held 'moving'
	each 'enforce' prepare run pfb_dev manifest "$WORK/away" \; try write "$ENFORCE" 1 \
		success is "$STATE" verified \
		settle run pfb_dev manifest "$WORK/back" enforce 'do' \; is "$STATE" verified
	pfb_held 'all that'
	# What cannot be looked at is not what nobody declared.
	runs 0 pfb_dev manifest "$WORK/away"
	always_elsewhere observe
	runs 0 pfb_dev '!ENOMEM' enforce 'do'
	always_ends 'looking at functions'
	like 'why nothing was moved' "$(cat "$ENFORCE")" 'refused: no memory for [1-9][0-9]* functions'
}

# What is plugged in is found by another task. After a move the windows above are no larger
# than they must be, so that it finds no room and is hidden: the first of its BARs for which
# there is none, for want of memory, without a reason that could be told later. Then it may
# have room, as enforce made some, and there is no memory to look for it.
t_plugged()
{
	GPU_ADDR=$(printf 0x%x $((T1 + 32 * GPU_SIZE)))
	declare_both "$GPU_ADDR"
	runs 0 pfb_load policy=enforce
	pfb_held 'moving'
	for function in pfb_registry_hidden pfb_trial_bus; do
		pfb_mark
		elsewhere "$function"
		pfb_plug gpu1
		elsewhere_ends "plugging something in, $function"
		pfb_held 'plugging something in'
		[ "$function" = pfb_trial_bus ] || like 'the log' "$(pfb_log)" \
			"$NEW: .*bar[0-5]: out of memory, its verdict will not say why"
		pfb_unplug gpu1
	done
	runs 0 pfb_unload
}

t_unload()
{
	declare_both "$GPU_ADDR"
	each 'unload' prepare unload "$MODULE" load "$KO" policy=preserve try unload "$MODULE" \
		settle unload "$MODULE"
}

# Each call in the module that allocates was seen to fail, but for those that cannot: where it
# returns to tells which.
t_sites()
{
	sort -u "$WORK/seen" >"$WORK/places"
	awk -v places="$WORK/places" '
		BEGIN {
			while ((getline line <places) > 0)
				seen[line] = 1
			nofail = "may not fail (__GFP_NOFAIL): the kernel waits for memory"
			cannot["note_leaver"] = nofail
			cannot["note_change"] = nofail
			cannot["pfb_be_modest"] = nofail
			cannot["ask_bridge"] = "is not made to fail: with its memory ACPICA loses a lock, too"
			cannot["hold_root"] = "is not reached: only a _DSM or a device tree leads there"
		}
		{ function_ = $1; sub(/\+.*/, "", function_) }
		!($1 in seen) && function_ in cannot { print $1, cannot[function_]; next }
		{ sites++ }
		$1 in seen { exercised++; next }
		{ print "not seen to fail:", $1, $2 }
		END { print sites + 0, "places that allocate,", exercised + 0, "seen to fail" }
	' "$SITES" >"$WORK/sites"
	ktap_say "$(cat "$WORK/sites")"
	is 'places not seen to fail' "$(grep -c '^not seen' "$WORK/sites")" 0
	isnt 'places' "$(sed -n 's/ places.*//p' "$WORK/sites")" 0
}

ktap_test 'what is to fail can be chosen' set_up
ktap_test 'verify' t_verify
ktap_test 'requests and manifests' t_requests
ktap_test 'export, attach, map, check' t_export
ktap_test 'a verdict that changes revokes' t_revoke
ktap_test 'a provider, by name and by its flag' t_provider
ktap_test 'the look at the registers' t_recheck
ktap_test 'pinning is tried again' t_pins
ktap_test 'removal and hot-add' t_hotplug
ktap_test 'enforce' t_enforce
ktap_test 'something is plugged in' t_plugged
ktap_test 'load, with something from every source' t_load
ktap_test 'unload' t_unload
ktap_test 'each place that allocates failed, but for those that cannot' t_sites

ktap_run
