// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <pci_fixed_bars/verdict.h>

#define GPA	0x6b8000000000ULL
#define SIZE	0x100000000ULL

static struct pfb_declared_bar declared;
static struct pfb_bar_facts facts;

/* Everything as it should be: declared with its HPA, and there. */
static int setup(void **state)
{
	(void)state;
	declared = (struct pfb_declared_bar){
		.gpa = GPA, .hpa = GPA, .size = SIZE, .index = 2,
		.flags = PFB_MANIFEST_BAR_HPA | PFB_MANIFEST_BAR_MEM64,
	};
	facts = (struct pfb_bar_facts){
		.declared = &declared, .decl_vendor = 0x10de, .decl_device = 0x2330,
		.vendor = 0x10de, .device = 0x2330, .present = true, .exists = true,
		.assigned = true, .registered = GPA, .resource = GPA, .size = SIZE,
	};
	return 0;
}

/* Compares, checks that the words are in the explanation, and starts again. */
#define VERDICT(expected, ...)							\
	do {									\
		struct pfb_error text;						\
		enum pfb_bar_state state_found = pfb_verdict(&facts);		\
		assert_string_equal(pfb_state_name(state_found),		\
				    pfb_state_name(expected));			\
		assert_ptr_equal(pfb_verdict_explain(&facts, state_found, text.text, \
						     sizeof(text.text)), text.text); \
		assert_error(&text, __VA_ARGS__);				\
		setup(NULL);							\
	} while (0)

static void test_declared(void **state)
{
	(void)state;
	VERDICT(PFB_STATE_VERIFIED, "0x6b8000000000", "same");

	/* No HPA, or one that may be the twin's. */
	declared.flags &= ~PFB_MANIFEST_BAR_HPA;
	declared.hpa = 0;
	VERDICT(PFB_STATE_DECLARED, "0x6b8000000000", "manifest", "hpa");
	facts.uncertain = true;
	VERDICT(PFB_STATE_DECLARED, "identical function", "by path");

	declared.hpa = GPA + SIZE;
	VERDICT(PFB_STATE_HPA_MISMATCH, "0x6b8000000000", "0x6b8100000000", "hypervisor");
	declared.hpa = GPA + SIZE;
	facts.uncertain = true;
	VERDICT(PFB_STATE_HPA_MISMATCH, "0x6b8100000000");
	/* An HPA that was not stated says nothing. */
	declared.hpa = GPA + SIZE;
	declared.flags = 0;
	VERDICT(PFB_STATE_DECLARED, "0x6b8000000000");

	facts.registered = facts.resource = 0x400000000000;
	VERDICT(PFB_STATE_MOVED, "expected at 0x6b8000000000 as declared", "is at 0x400000000000",
		"pci=realloc=off", "linux,pci-probe-only");
	facts.registered = 0;
	VERDICT(PFB_STATE_MOVED, "register holds 0x0", "resource says 0x6b8000000000", "boot again");
	facts.resource = 0x400000000000;
	VERDICT(PFB_STATE_MOVED, "register holds 0x6b8000000000",
		"resource says 0x400000000000");

	/* In its place, and nobody reaches it there. */
	facts.cut_off = true;
	VERDICT(PFB_STATE_MOVED, "at 0x6b8000000000 as declared", "forwards another range",
		"pci-fixed-bars enforce");
	facts.cut_off = true;
	facts.registered = 0;
	VERDICT(PFB_STATE_MOVED, "register holds 0x0");

	facts.assigned = false;
	VERDICT(PFB_STATE_UNASSIGNED, "0x6b8000000000", "no address", "bridge windows");
	facts.size = SIZE / 2;
	VERDICT(PFB_STATE_WRONG_SIZE, "expected size 0x100000000", "is 0x80000000", "on the host");
	/* A size that nobody stated is not wrong. */
	declared.size = 0;
	VERDICT(PFB_STATE_VERIFIED, "0x6b8000000000");

	facts.exists = false;
	VERDICT(PFB_STATE_MISSING, "10de:2330", "no such BAR", "index");
	facts.present = false;
	VERDICT(PFB_STATE_MISSING, "none answers at this path", "path", "after a reset");
	facts.device = 0x2331;
	VERDICT(PFB_STATE_ID_MISMATCH, "expected vendor:device 10de:2330", "found 10de:2331");
	facts.vendor = 0x15b3;
	facts.decl_device = PFB_ANY_ID;
	VERDICT(PFB_STATE_ID_MISMATCH, "10de:any", "15b3:2330");
	facts.decl_vendor = PFB_ANY_ID;
	facts.decl_device = PFB_ANY_ID;
	facts.device = 1;
	VERDICT(PFB_STATE_VERIFIED, "0x6b8000000000");
}

/* What applies first is what is said. */
static void test_order(void **state)
{
	(void)state;
	facts.registered = facts.resource = 0;
	declared.hpa = 0;
	VERDICT(PFB_STATE_MOVED, "0x6b8000000000");
	facts.registered = 0;
	facts.assigned = false;
	VERDICT(PFB_STATE_UNASSIGNED, "0x6b8000000000");
	facts.assigned = false;
	facts.size = 1;
	VERDICT(PFB_STATE_WRONG_SIZE, "0x1:");
	facts.size = 1;
	facts.exists = false;
	VERDICT(PFB_STATE_MISSING, "no such BAR");
	/* Another function has other BARs: say that it is another function. */
	facts.exists = false;
	facts.vendor = 0x8086;
	VERDICT(PFB_STATE_ID_MISMATCH, "8086");
	facts.vendor = 0xffff;
	facts.present = false;
	VERDICT(PFB_STATE_MISSING, "none answers at this path");
}

static void test_not_declared(void **state)
{
	(void)state;
#define UNDECLARED()	(facts.declared = NULL)
#define BASELINE(at)	(facts.declared = NULL, facts.has_baseline = true, facts.baseline = (at))
	UNDECLARED();
	VERDICT(PFB_STATE_UNTRACKED, "fixed_bars=");
	/* Preservation was asked for, but nobody knows where firmware left it. */
	UNDECLARED();
	facts.preserve = true;
	VERDICT(PFB_STATE_UNTRACKED, "declare it");
	/* It stayed, but nobody asked for that. */
	BASELINE(GPA);
	VERDICT(PFB_STATE_UNTRACKED, "declare it");
	BASELINE(GPA);
	facts.preserve = true;
	VERDICT(PFB_STATE_PRESERVED, "0x6b8000000000", "nobody declared");
	BASELINE(GPA + SIZE);
	facts.preserve = true;
	VERDICT(PFB_STATE_MOVED, "0x6b8100000000 as left by firmware", "0x6b8000000000");
	BASELINE(GPA + SIZE);
	VERDICT(PFB_STATE_MOVED, "0x6b8100000000");
	BASELINE(GPA);
	facts.preserve = true;
	facts.cut_off = true;
	VERDICT(PFB_STATE_MOVED, "left by firmware", "forwards another range");
	BASELINE(GPA);
	facts.preserve = true;
	facts.resource = 0x1000;
	VERDICT(PFB_STATE_MOVED, "resource says 0x1000");
	BASELINE(GPA);
	facts.assigned = false;
	VERDICT(PFB_STATE_UNASSIGNED, "0x6b8000000000");
	BASELINE(GPA);
	facts.present = false;
	VERDICT(PFB_STATE_MISSING, "0x6b8000000000");
	BASELINE(GPA);
	facts.exists = false;
	VERDICT(PFB_STATE_MISSING, "0x6b8000000000");
	/* A declaration outranks a baseline. */
	facts.has_baseline = true;
	facts.baseline = GPA + SIZE;
	VERDICT(PFB_STATE_VERIFIED, "0x6b8000000000");
}

static void test_passes(void **state)
{
	unsigned int s, allow;

	(void)state;
	for (s = 0; s <= PFB_NR_STATES; s++) {
		for (allow = 0; allow < 4; allow++) {
			bool expected = s == PFB_STATE_VERIFIED ||
				(s == PFB_STATE_DECLARED && (allow & 1)) ||
				(s == PFB_STATE_PRESERVED && (allow & 2));

			assert_int_equal(pfb_state_passes(s, allow & 1, allow & 2), expected);
		}
	}
}

static void test_names(void **state)
{
	unsigned int s, other;

	(void)state;
	assert_string_equal(pfb_state_name(PFB_STATE_HPA_MISMATCH), "hpa-mismatch");
	assert_string_equal(pfb_state_name(PFB_NR_STATES), "unknown");
	for (s = 0; s < PFB_NR_STATES; s++)
		for (other = 0; other < s; other++)
			assert_string_not_equal(pfb_state_name(s), pfb_state_name(other));
}

/* Whoever reads the kernel's log learns nothing of the host: the rest is the same. */
static void test_log_text(void **state)
{
	char log[PFB_ERROR_TEXT_MAX], text[PFB_ERROR_TEXT_MAX];
	unsigned int s;

	(void)state;
	declared.hpa = 0x123456000000;
	for (s = 0; s < PFB_NR_STATES; s++) {
		pfb_verdict_explain(&facts, s, text, sizeof(text));
		assert_ptr_equal(pfb_verdict_log_text(&facts, s, log, sizeof(log)), log);
		assert_null(strstr(log, "123456000000"));
		if (s == PFB_STATE_HPA_MISMATCH) {
			assert_non_null(strstr(text, "0x123456000000"));
			assert_non_null(strstr(log, "0x6b8000000000"));
		} else {
			assert_string_equal(log, text);
		}
	}
}

/* Every text, for any facts, into any buffer: bounded, ended, and never empty. */
static void test_explain_is_bounded(void **state)
{
	char buf[PFB_ERROR_TEXT_MAX];
	unsigned int s, n, bits;

	(void)state;
	facts.registered = facts.resource = facts.baseline = ~0ULL;
	declared.gpa = declared.hpa = declared.size = ~0ULL;
	facts.size = ~0ULL;
	for (s = 0; s < PFB_NR_STATES; s++) {
		for (bits = 0; bits < 16; bits++) {
			facts.uncertain = bits & 1;
			facts.present = bits & 2;
			facts.resource = bits & 4 ? ~0ULL : ~1ULL;
			facts.declared = bits & 8 ? NULL : &declared;
			for (n = 0; n < 8; n++) {
				memset(buf, 'x', sizeof(buf));
				pfb_verdict_explain(&facts, s, buf, n);
				assert_int_equal(buf[n], 'x');
				if (n)
					assert_true(strlen(buf) < n);
			}
			pfb_verdict_explain(&facts, s, buf, sizeof(buf));
			assert_true(strlen(buf) < sizeof(buf) - 1);
			/* Two states speak of a declaration only. */
			if (facts.declared || (s != PFB_STATE_HPA_MISMATCH &&
					       s != PFB_STATE_WRONG_SIZE))
				assert_true(strlen(buf) > 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_declared, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_not_declared, setup),
		cmocka_unit_test_setup(test_passes, setup),
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_log_text, setup),
		cmocka_unit_test_setup(test_explain_is_bounded, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
