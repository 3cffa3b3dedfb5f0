// SPDX-License-Identifier: GPL-2.0
/* The kernel's messages of verdicts, among all others. */
#include "unit.h"

#include "lib/uevent.h"

#define OURS	"change@/devices/pci0000:00/0000:00:01.0\0ACTION=change\0PCI_SLOT_NAME=0000:00:01.0\0" \
		"PFB_BAR=bar2\0PFB_STATE=moved\0PFB_OLD_STATE=verified\0SEQNUM=7"

static void test_ours(void **state)
{
	struct pfb_uevent event;

	(void)state;
	assert_true(pfb_uevent_parse(OURS, sizeof(OURS), &event));
	assert_string_equal(event.function, "0000:00:01.0");
	assert_string_equal(event.bar, "bar2");
	assert_string_equal(event.state, "moved");
	assert_string_equal(event.old_state, "verified");
}

/* Cut anywhere: not ours, or whole; and never read past its end. */
static void test_others(void **state)
{
	static const char other[] = "change@/devices/pci0000:00\0ACTION=change\0PFB_STATE=moved";
	struct pfb_uevent event;
	size_t i;

	(void)state;
	assert_false(pfb_uevent_parse(other, sizeof(other), &event));
	assert_false(pfb_uevent_parse("", 0, &event));
	for (i = 0; i < sizeof(OURS) - 1; i++) {
		char *cut = malloc(i + 1);

		assert_non_null(cut);
		memcpy(cut, OURS, i);
		if (pfb_uevent_parse(cut, i, &event))
			assert_string_equal(event.old_state, "verified");
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("uevent", tests, NULL, NULL);
}
