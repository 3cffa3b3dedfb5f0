#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# policy - the boot policy: where firmware put BARs, where the kernel has them, and
# what 'pci-fixed-bars policy' does about it, installing included
#
# Needs: root; the module; the tool. Whoever starts the machine says what must be found:
#	PFB_EXPECT_kept=	yes: each BAR is where firmware left it; no: some are not
#	PFB_BOOT=		1 or 2, where the bench boots twice: the first boot leaves in
#				/results what the second has before its initrd
# Without these, only what does not depend on them is tested.
# Changes: in the bench, makes a boot loader of files, installs a policy and removes it.

# shellcheck source=ktap.sh
. "$(dirname "$0")/ktap.sh"
# shellcheck source=pfb.sh
. "$(dirname "$0")/pfb.sh"

pfb_begin
pfb_may_reload
pfb_have_cli || ktap_skip_all "no $CLI" lack
pfb_take_module
pfb_load policy=observe || ktap_skip_all "module $MODULE cannot be loaded" lack
kept=${PFB_EXPECT_kept:-}
[ "${PFB_BOOT:-}" != 2 ] || kept=yes

moved=0
bars=0
"$(dirname "$0")/firmware_bars.sh" >"$WORK/firmware"
while read -r bdf bar address; do
	[ -e "$PCI/$bdf" ] || continue
	bars=$((bars + 1))
	now=$(pfb_bar_addr "$bdf" "$bar")
	ktap_note "$bdf bar$bar: firmware $address, now $now"
	[ "$((now))" = "$((address))" ] || moved=$((moved + 1))
done <"$WORK/firmware"

# Equal BARs that firmware and kernel order alike would prove nothing.
t_kept()
{
	[ "$bars" -ge 2 ] || ktap_fail "$bars 64-bit BARs in the kernel log, expected two or more"
	if [ "$kept" = yes ]; then
		is 'BARs that the kernel moved' "$moved" 0
	else
		isnt 'BARs that the kernel moved' "$moved" 0
	fi
}

t_show()
{
	"$CLI" policy show --json >"$WORK/show"
	rc=$?
	jsonq -l "$WORK/show" >"$WORK/leaves" || ktap_fail "this is not JSON: $(cat "$WORK/show")"
	if [ "${PFB_BOOT:-}" = 2 ]; then
		is 'exit status' "$rc" 0
		like 'shown' "$(cat "$WORK/leaves")" '^table_in_use=true$'
		like 'shown' "$(cat "$WORK/leaves")" 'asked="*honoured"*$'
		unlike 'shown' "$(cat "$WORK/leaves")" 'kept=false'
	else
		like 'shown' "$(cat "$WORK/leaves")" '^table_in_use=false$'
		is 'exit status' "$rc" 1
	fi
}

t_honoured()
{
	is 'status of the source acpi' "$(pfb_source acpi status)" ok
	for dev in "$PCI"/*/fixed_bars/preserve; do
		is "$dev" "$(cat "$dev")" honoured
	done
}

t_table()
{
	runs 0 "$CLI" policy table --output "$WORK/early.cpio"
	is 'file in it' "$(cd "$WORK" && cpio -t <early.cpio 2>/dev/null | grep -c 'acpi/pci-fixed-bars-ssdt.aml')" 1
	[ ! -d /results ] || cp "$WORK/early.cpio" /results/early.cpio
}

# A boot loader or initramfs generator that is a script: what it is told, and that a
# failure leaves nothing behind.
make_loader()
{
	mkdir -p /etc/default /usr/sbin /var/lib /usr/share/initramfs-tools/hooks
	echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >/etc/default/grub
	echo '/default/grub.d/' >/usr/sbin/grub-mkconfig
	: >/usr/share/initramfs-tools/hooks/pci-fixed-bars
	for program in update-grub update-initramfs; do
		printf '#!/bin/sh\necho %s "$@" >>%s\nexit %s\n' "$program" "$WORK/ran" "$1" \
			>"/usr/sbin/$program"
		chmod 755 "/usr/sbin/$program"
	done
	rm -f "$WORK/ran"
}

installed()
{
	find /etc/default /var/lib -type f | sort | xargs md5sum
}

t_install()
{
	[ "${PFB_BENCH:-0}" = 1 ] || { ktap_skip 'would change how this machine boots'; return; }
	make_loader 0
	pfb_finally 'rm -rf /etc/default/grub /etc/default/grub.d /usr/sbin/grub-mkconfig /usr/sbin/update-grub /usr/sbin/update-initramfs'
	installed >"$WORK/before"
	runs 0 "$CLI" policy install
	case $(uname -m) in
	x86_64) is 'commands' "$(cat "$WORK/ran")" 'update-grub' ;;
	*) is 'commands' "$(cat "$WORK/ran")" 'update-initramfs -u -k all' ;;
	esac
	installed >"$WORK/with"
	rm -f "$WORK/ran"
	runs 0 "$CLI" policy install
	runs 0 "$CLI" policy update
	installed >"$WORK/again"
	is 'installed again' "$(cat "$WORK/again")" "$(cat "$WORK/with")"
	is 'commands, again' "$(cat "$WORK/ran" 2>/dev/null)" ''
	runs 0 "$CLI" policy remove
	is 'removed' "$(installed)" "$(cat "$WORK/before")"
}

t_install_fails()
{
	[ "${PFB_BENCH:-0}" = 1 ] || { ktap_skip 'would change how this machine boots'; return; }
	make_loader 1
	installed >"$WORK/before"
	runs 3 "$CLI" policy install
	is 'after a failure' "$(installed)" "$(cat "$WORK/before")"
}

t_watch()
{
	"$CLI" watch --json --count 1 >"$WORK/watched" 2>"$WORK/listening" &
	watcher=$!
	pfb_wait 5 grep -q listening "$WORK/listening"
	pfb_roles
	pfb_load policy=observe fixed_bars="$GPU_PATH=bar$GPU_BAR@$GPU_ADDR"
	pfb_wait 5 test -s "$WORK/watched"
	kill "$watcher" 2>/dev/null
	wait "$watcher"
	like 'watched' "$(cat "$WORK/watched")" "\"function\":\"$GPU\".*\"state\":\"declared\""
	runs 0 "$CLI" metrics --fixed-bars "$GPU_PATH=bar$GPU_BAR@$GPU_ADDR"
}

[ -z "$kept" ] || ktap_test "BARs are where firmware left them: $kept" t_kept
[ -z "${PFB_BOOT:-}" ] || ktap_test 'what is shown' t_show
[ "${PFB_BOOT:-}" != 2 ] || ktap_test 'the kernel was asked, and did' t_honoured
ktap_test 'the table as an archive' t_table
ktap_test 'install, again, update, remove' t_install
ktap_test 'a command that fails leaves nothing' t_install_fails
ktap_test 'changes are watched, and counted' t_watch

ktap_run
