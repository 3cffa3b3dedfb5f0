// SPDX-License-Identifier: GPL-2.0
/* The benchmark's measuring, on a file in memory: right data gives figures, wrong data none. */
#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/bandwidth.h"
#include "lib/pattern.h"

#define LARGEST	65536

struct fixture {
	struct pfb_bw bw;
	struct pfb_p2p_memory p2p;
	void *elsewhere;
};

static void fixture_init(struct fixture *f, unsigned int depth)
{
	size_t region = (size_t)LARGEST * depth;

	memset(f, 0, sizeof(*f));
	f->bw.fd = memfd_create("disk", MFD_CLOEXEC);
	assert_true(f->bw.fd >= 0);
	assert_int_equal(ftruncate(f->bw.fd, (off_t)region), 0);
	f->bw.region = region;
	f->bw.depth = depth;
	f->bw.rounds = 3;
	f->bw.p2p = &f->p2p;
	f->bw.ram = pfb_bw_alloc_ram(region, false);
	f->bw.check = pfb_bw_alloc_ram(region, false);
	f->elsewhere = pfb_bw_alloc_ram(region, false);
	f->p2p.size = region;
	f->p2p.dma = pfb_bw_alloc_ram(region, false);
	f->p2p.cpu = f->p2p.dma;
	assert_non_null(f->bw.ram);
	assert_non_null(f->bw.check);
	assert_non_null(f->elsewhere);
	assert_non_null(f->p2p.dma);
}

static void fixture_end(struct fixture *f)
{
	pfb_bw_free_ram(f->p2p.dma, f->bw.region);
	pfb_bw_free_ram(f->elsewhere, f->bw.region);
	pfb_bw_free_ram(f->bw.check, f->bw.region);
	pfb_bw_free_ram(f->bw.ram, f->bw.region);
	close(f->bw.fd);
}

static void test_pattern(void **state)
{
	static u64 buf[512], other[512];
	size_t i;

	(void)state;
	pfb_pattern_fill(buf, sizeof(buf), 7);
	assert_int_equal(pfb_pattern_check(buf, sizeof(buf), 7), sizeof(buf));
	assert_int_equal(pfb_pattern_check(buf, sizeof(buf), 8), 0);
	/* one bit of any word */
	for (i = 0; i < ARRAY_SIZE(buf); i++) {
		buf[i] ^= 1ULL << i % 64;
		assert_int_equal(pfb_pattern_check(buf, sizeof(buf), 7), 8 * i);
		buf[i] ^= 1ULL << i % 64;
	}
	/* moved by a word, and halves swapped */
	memcpy(other, buf + 1, sizeof(buf) - 8);
	assert_int_equal(pfb_pattern_check(other, sizeof(buf), 7), 0);
	memcpy(other, buf, sizeof(buf));
	memcpy(other + 128, buf + 256, 1024);
	memcpy(other + 256, buf + 128, 1024);
	assert_int_equal(pfb_pattern_check(other, sizeof(buf), 7), 1024);
}

static void measure(unsigned int depth, bool write, size_t size)
{
	struct pfb_bw_result result;
	struct pfb_error err = { 0 };
	unsigned int way;
	struct fixture f;

	fixture_init(&f, depth);
	if (pfb_bw_measure(&f.bw, write, size, &result, &err))
		fail_msg("depth %u, write %d, size %zu: %s", depth, write, size, err.text);
	assert_int_equal(result.write, write);
	assert_int_equal(result.size, size);
	for (way = 0; way < PFB_NR_BW_WAYS; way++) {
		bool there = way != PFB_BW_HUGE;

		assert_int_equal(result.mib_s[way] > 0, there);
		assert_int_equal(result.ratio[way] > 0, there);
	}
	assert_true(result.ratio[PFB_BW_P2P] > 0.999 && result.ratio[PFB_BW_P2P] < 1.001);
	assert_true(result.copy_mib_s > 0);
	fixture_end(&f);
}

static void test_measure(void **state)
{
	(void)state;
	measure(1, false, 4096);
	measure(1, true, 4096);
	measure(1, false, LARGEST);
	measure(3, false, 12288);
	measure(3, true, LARGEST);
	measure(PFB_BW_DEPTH_MAX, true, 4096);
}

/* DMA that lands elsewhere is fast, and must give no figure. */
static void test_elsewhere(void **state)
{
	struct pfb_bw_result result;
	struct pfb_error err;
	struct fixture f;

	(void)state;
	fixture_init(&f, 2);
	f.p2p.cpu = f.elsewhere;
	assert_int_equal(pfb_bw_measure(&f.bw, false, 8192, &result, &err), -EILSEQ);
	assert_error(&err, "p2p", "read of 8192 bytes", "must not be used");
	assert_int_equal(pfb_bw_measure(&f.bw, true, 8192, &result, &err), -EILSEQ);
	assert_error(&err, "p2p", "write of 8192 bytes", "the device");
	f.p2p.cpu = f.p2p.dma;
	fixture_end(&f);
}

/* A disk that ends too early, and one that cannot be written. */
static void test_io_errors(void **state)
{
	struct pfb_bw_result result;
	struct pfb_error err;
	struct fixture f;
	char path[64];
	int fd;

	(void)state;
	fixture_init(&f, 2);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f.bw.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, f.bw.fd), f.bw.fd);
	close(fd);
	assert_int_equal(pfb_bw_measure(&f.bw, true, 8192, &result, &err), -EBADF);
	assert_int_equal(pfb_bw_measure(&f.bw, false, 8192, &result, &err), -EIO);
	fixture_end(&f);
}

static void test_device(void **state)
{
	char path[] = "/tmp/pfb-test-disk-XXXXXX";
	int file = mkstemp(path), fd;
	struct pfb_error err;

	(void)state;
	assert_true(file >= 0);
	close(file);
	/* a file is no disk; a file system that has no O_DIRECT says so before */
	assert_true(pfb_bw_open_device(path, 4096, &fd, &err) < 0);
	assert_error(&err, path);
	assert_int_equal(pfb_bw_open_device("/nonexistent/disk", 4096, &fd, &err), -ENOENT);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_measure),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_io_errors),
		cmocka_unit_test(test_device),
	};

	return cmocka_run_group_tests_name("bandwidth", tests, NULL, NULL);
}
