#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# upgrade - old tools with a later module, later tools with this one, manifests of other
# versions; and that a module is not replaced from under who uses it
#
# Needs: root; the module, one that was built as a later version (future.ko, tools/testing/vm/
# future), pfb_dev_future, pfb_edu (tools/testing/modules); a provider without a driver,
# QEMU's edu under its switch.
# Changes: reloads the module; overwrites the first MiB of the provider's BAR.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin_exporting
GOOD=$GPU_PATH,id=$GPU_ID,bar$GPU_BAR@$GPU_ADDR+$GPU_SIZE=$GPU_ADDR
pfb_no_sources
blob manifest "$GOOD" >"$WORK/good"

# future [PARAMETER]...: in place of the module
future()
{
	[ -e "$pfb_here/future.ko" ] || { ktap_lack "no $pfb_here/future.ko"; return 1; }
	runs 0 pfb_unload
	runs 0 insmod "$pfb_here/future.ko" policy=observe "$@"
}

# all_requests PROGRAM: each is served, and what it answers is left in $answers
all_requests()
{
	runs 0 "$1" manifest "$WORK/good" bar "$GPU" "$GPU_BAR" path "$GPU" "$GPU_BAR" "$EDU" verify enforce dry
	answers=$ktap_out
	runs 0 "$1" export "$GPU" "$GPU_BAR" 0+0x10000,0x20000+0x10000 edu "$EDU" attach good map \
		put 0 4096 7 get 0 4096 7 unmap detach close manifest -
}

t_answers()
{
	pfb_no_sources
	runs 0 pfb_load policy=observe
	all_requests pfb_dev
	printf '%s\n' "$answers" >"$WORK/answers"
	like 'the BAR' "$answers" "^state=1 flags=0xf registered=$GPU_ADDR "
}

# The module is newer: it takes today's structs, and answers as today.
t_later_module()
{
	future || return
	is 'its version' "$(cat "$KERNEL/version")" 99.0.0
	runs 0 pfb_dev version 1
	like 'handshake' "$ktap_out" '^version=2 module=99\.0\.0$'
	all_requests pfb_dev
	is 'answers' "$answers" "$(cat "$WORK/answers")"
	# What it does not know of, it has no room for: nothing is written behind a struct.
	runs 0 pfb_dev beyond
	# Shorter than it ever was is no version of it.
	runs 0 pfb_dev short
	pfb_have_cli || { ktap_lack "no $CLI"; return; }
	runs 0 "$CLI" manifest load "$WORK/good"
	runs 0 "$CLI" verify --recheck "$GPU"
	runs 0 "$CLI" export --client "$EDU" "$GPU"
	runs 0 "$CLI" status
	like 'the tool says that one is older' "$ktap_out" '99\.0\.0'
	like 'the fix' "$ktap_out" 'update the older one'
	runs 0 "$CLI" manifest unload
}

# The tool is newer: zero in what this module does not know is no question, all else is.
t_later_tool()
{
	pfb_no_sources
	runs 0 pfb_load policy=observe
	runs 0 pfb_dev_future '!EPROTONOSUPPORT' version 2
	like 'handshake' "$ktap_out" "^version=1 module=$(cat "$KERNEL/version")\$"
	all_requests pfb_dev_future
	is 'answers' "$answers" "$(cat "$WORK/answers")"
	runs 0 pfb_dev_future later
}

# What the command says to a module that is older than it may be.
t_older_module()
{
	future api_version=0 || return
	pfb_have_cli || { ktap_lack "no $CLI"; return; }
	for command in 'verify --recheck' "manifest load $WORK/good" "export $GPU" enforce; do
		# shellcheck disable=SC2086
		runs 3 "$CLI" $command
		like "$command: both versions" "$ktap_out" 'the module \(99\.0\.0\) speaks version 0 of the interface, this program needs 1'
		like "$command: the fix" "$ktap_out" 'install both from one release'
	done
	is 'nothing was loaded' "$(pfb_source ioctl status)" absent
}

t_manifests()
{
	pfb_no_sources
	runs 0 pfb_load policy=observe
	runs 0 pfb_dev manifest "$WORK/good"
	for version in 0 2; do
		blob manifest -p "8:0${version}00" "$GOOD" >"$WORK/version$version"
		runs 0 pfb_dev '!EPROTONOSUPPORT' manifest "$WORK/version$version"
		like 'both versions' "$ktap_out" "version $version, and this reads version 1; build it with the tools of this version"
		is 'what was loaded stays' "$(pfb_state "$GPU" "$GPU_BAR")" verified
		pfb_have_cli || continue
		runs 1 "$CLI" manifest check "$WORK/version$version"
		like 'the tool' "$ktap_out" "version $version, and this reads version 1"
	done
	# From before the boot: said, and nothing of it applies.
	cp "$WORK/version2" "$FW_FILE"
	runs 0 pfb_load policy=observe
	is 'status' "$(pfb_source firmware_file status)" broken
	like 'message' "$(pfb_source firmware_file message)" 'version 2, and this reads version 1'
	like 'state' "$(pfb_state "$GPU" "$GPU_BAR")" 'untracked|preserved'
}

# Who has a descriptor, a mapping or an attachment keeps the module; what was loaded into it goes
# with it, what is stated elsewhere is read again.
t_alive()
{
	pfb_no_sources
	cp "$WORK/good" "$FW_FILE"
	runs 0 pfb_load policy=preserve
	kept="! rmmod $MODULE 2>/dev/null"
	runs 0 pfb_dev ctl sh "$kept"
	runs 0 pfb_dev export "$GPU" "$GPU_BAR" 0+0x10000 sh "$kept"
	runs 0 pfb_dev export "$GPU" "$GPU_BAR" 0+0x10000 mmap shared fill 0 4096 5 close sh "$kept" check 0 4096 5
	runs 0 pfb_dev export "$GPU" "$GPU_BAR" 0+0x10000 edu "$EDU" attach good map close sh "$kept" get 0 4096 5
	runs 0 pfb_wait 5 pfb_unload
	is 'groups in sysfs' "$(ls -d "$PCI"/*/fixed_bars 2>/dev/null)" ''
	is 'its folder' "$([ ! -e "$KERNEL" ] || echo there)" ''
	is 'its device' "$([ ! -e /dev/pci_fixed_bars ] || echo there)" ''
	runs 0 pfb_load policy=preserve
	is 'state' "$(pfb_state "$GPU" "$GPU_BAR")" verified
	runs 0 pfb_dev export "$GPU" "$GPU_BAR" 0+0x10000 edu "$EDU" attach good map get 0 4096 5
	pfb_no_sources
	runs 0 pfb_load policy=preserve
	runs 0 pfb_dev manifest "$WORK/good"
	runs 0 pfb_load policy=preserve
	is 'what was loaded by request' "$(pfb_source ioctl status)" absent
}

ktap_test 'every request, of one version' t_answers
ktap_test 'a later module serves these tools, and says that it is' t_later_module
ktap_test 'later tools are served by this module, but for what it does not know' t_later_tool
ktap_test 'an older module is refused, with both versions' t_older_module
ktap_test 'manifests of other versions are refused, with both versions' t_manifests
ktap_test 'no unload while somebody has something; what is left afterwards' t_alive

ktap_run
