// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

static void test_code_and_text(void **state)
{
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_fail(&err, -EBADMSG, "%s is %u", "it", 7u), -EBADMSG);
	assert_string_equal(err.text, "it is 7");
	assert_int_equal(pfb_fail(NULL, -EPERM, "nobody reads %s", "this"), -EPERM);
}

static void test_long_text_is_cut(void **state)
{
	char word[2 * PFB_ERROR_TEXT_MAX];
	struct pfb_error err;

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(pfb_fail(&err, -EINVAL, "%s", word), -EINVAL);
	assert_int_equal(strlen(err.text), PFB_ERROR_TEXT_MAX - 1);
}

/* Every byte there is becomes printable ASCII, within the buffer. */
static void test_characters(void **state)
{
	char buf[PFB_CHAR_TEXT_MAX + 1];
	unsigned int c;
	const char *p;
	char text;

	(void)state;
	for (c = 0; c < 256; c++) {
		text = (char)c;
		memset(buf, '#', sizeof(buf));
		assert_ptr_equal(pfb_char_text(&text, 1, 0, buf), buf);
		assert_true(strlen(buf) < PFB_CHAR_TEXT_MAX);
		assert_int_equal(buf[PFB_CHAR_TEXT_MAX], '#');
		for (p = buf; *p; p++)
			assert_in_range(*p, 0x20, 0x7e);
	}
	assert_string_equal(pfb_char_text("x", 1, 0, buf), "'x'");
	assert_string_equal(pfb_char_text("\n", 1, 0, buf), "0x0a");
	assert_string_equal(pfb_char_text("\x7f", 1, 0, buf), "0x7f");
	assert_string_equal(pfb_char_text("x", 1, 1, buf), "the end");
	assert_string_equal(pfb_char_text(NULL, 0, 0, buf), "the end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_and_text),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_characters),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
