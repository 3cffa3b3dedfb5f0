// SPDX-License-Identifier: GPL-2.0
/* A QEMU that is good, dead, slow, or hostile: played on a socket pair. */
#include "unit.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/qmp.h"
#include "lib/qtest.h"

#define OP_MS	200

struct talk {
	struct pfb_line_socket *sock;
	int qemu;
};

static struct talk talk_start(const char *replies)
{
	struct talk talk = { .sock = malloc(sizeof(*talk.sock)) };
	int fds[2];

	assert_non_null(talk.sock);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pfb_line_socket_adopt(talk.sock, "socket", fds[0], OP_MS, pfb_now_ms() + 5000);
	talk.qemu = fds[1];
	assert_int_equal(write(talk.qemu, replies, strlen(replies)), (int)strlen(replies));
	return talk;
}

/* In one piece: a socket takes few small writes before somebody reads. */
static struct talk talk_flood(const char *line)
{
	size_t len = strlen(line), i;
	char *flood = malloc(1000 * len + 1);
	struct talk talk;

	assert_non_null(flood);
	for (i = 0; i < 1000; i++)
		memcpy(flood + i * len, line, len + 1);
	talk = talk_start(flood);
	free(flood);
	return talk;
}

static void talk_end(struct talk *talk)
{
	if (talk->qemu >= 0)
		close(talk->qemu);
	pfb_line_socket_close(talk->sock);
	free(talk->sock);
}

/* What the tool sent so far. */
static const char *sent(struct talk *talk)
{
	static char buf[4096];
	ssize_t n = recv(talk->qemu, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

static void test_qtest_hello(void **state)
{
	static const struct {
		const char *reply;
		int ret;
		const char *word;
	} cases[] = {
		{ "OK little\n", 0, "" },
		{ "IRQ raise 1\nIRQ lower 1\nOK little\n", 0, "" },
		{ "OK big\n", -EOPNOTSUPP, "big-endian" },
		{ "OK sideways\n", -EPROTO, "sideways" },
		{ "OKAY little\n", -EPROTO, "OKAY" },
		{ "FAIL Unknown command 'endianness'\n", -EPROTO, "Unknown command" },
		{ "{\"QMP\": {}}\n", -EPROTO, "qtest socket" },
		{ "\n", -EPROTO, "expected 'OK'" },
	};
	struct pfb_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct talk talk = talk_start(cases[i].reply);

		err.text[0] = '\0';
		assert_int_equal(pfb_qtest_hello(talk.sock, &err), cases[i].ret);
		assert_non_null(strstr(err.text, cases[i].word));
		assert_string_equal(sent(&talk), "endianness\n");
		talk_end(&talk);
	}
}

static void test_qtest_access(void **state)
{
	struct talk talk = talk_start("OK 0xffffffff\nOK 0x00\r\nOK 0x6b8000000000\nOK\n");
	struct pfb_error err;
	u64 value = 0;

	(void)state;
	assert_int_equal(pfb_qtest_read(talk.sock, 0x4010000000, 4, &value, &err), 0);
	assert_int_equal(value, 0xffffffff);
	assert_int_equal(pfb_qtest_read(talk.sock, 1, 1, &value, &err), 0);
	assert_int_equal(value, 0);
	assert_int_equal(pfb_qtest_read(talk.sock, 8, 8, &value, &err), 0);
	assert_true(value == 0x6b8000000000);
	assert_int_equal(pfb_qtest_write(talk.sock, 0x4010000004, 2, 0x6, &err), 0);
	assert_string_equal(sent(&talk), "readl 0x4010000000\nreadb 0x1\nreadq 0x8\nwritew 0x4010000004 0x6\n");
	talk_end(&talk);
}

static void test_qtest_bad_value(void **state)
{
	static const char * const replies[] = {
		"OK\n", "OK 0x\n", "OK 12x\n", "OK -1\n", "OK 0x10000\n",
		"OK 0x1ffffffffffffffff\n", "OK 0x1 0x2\n",
	};
	struct pfb_error err;
	u64 value;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(replies); i++) {
		struct talk talk = talk_start(replies[i]);

		assert_int_equal(pfb_qtest_read(talk.sock, 0x10, 2, &value, &err), -EPROTO);
		assert_error(&err, "0x10", "2 bytes");
		talk_end(&talk);
	}
}

static void test_dead(void **state)
{
	struct talk talk = talk_start("OK little\nOK 0x");
	struct pfb_error err;
	u64 value;

	(void)state;
	assert_int_equal(pfb_qtest_hello(talk.sock, &err), 0);
	close(talk.qemu);
	talk.qemu = -1;
	assert_int_equal(pfb_qtest_read(talk.sock, 0, 4, &value, &err), -EPIPE);
	assert_error(&err, "QEMU");
	talk_end(&talk);
}

static void test_stalled(void **state)
{
	struct talk talk = talk_start("");
	u64 start = pfb_now_ms();
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qtest_hello(talk.sock, &err), -ETIMEDOUT);
	assert_error(&err, "socket", "stalled");
	assert_in_range(pfb_now_ms() - start, OP_MS, 10 * OP_MS);
	talk_end(&talk);
}

/* Whoever sends a byte now and then has not answered. */
static void test_dribbling(void **state)
{
	struct talk talk = talk_start("");
	u64 start = pfb_now_ms();
	struct pfb_error err;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		for (;;) {
			if (write(talk.qemu, "x", 1) != 1)
				_exit(0);
			usleep(10000);
		}
	}
	assert_int_equal(pfb_qtest_hello(talk.sock, &err), -ETIMEDOUT);
	assert_in_range(pfb_now_ms() - start, OP_MS, 10 * OP_MS);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	talk_end(&talk);
}

static void test_deadline(void **state)
{
	struct talk talk = talk_start("");
	struct pfb_error err;
	u64 start;

	(void)state;
	talk.sock->op_timeout_ms = 60000;
	start = pfb_now_ms();
	talk.sock->deadline_ms = start + OP_MS;
	assert_int_equal(pfb_qtest_hello(talk.sock, &err), -ETIMEDOUT);
	assert_in_range(pfb_now_ms() - start, OP_MS, 10 * OP_MS);
	/* From then on nothing is waited for, and nothing sent. */
	start = pfb_now_ms();
	assert_int_equal(pfb_qtest_write(talk.sock, 0, 4, 0, &err), -ETIMEDOUT);
	assert_in_range(pfb_now_ms() - start, 0, OP_MS);
	talk_end(&talk);
}

static void test_endless_line(void **state)
{
	struct talk talk = talk_start("");
	struct pfb_error err;
	char *line;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		static char block[8192];

		memset(block, 'A', sizeof(block));
		for (;;) {
			if (send(talk.qemu, block, sizeof(block), MSG_NOSIGNAL) < 0)
				_exit(0);
		}
	}
	assert_int_equal(pfb_line_socket_receive(talk.sock, &line, &err), -EMSGSIZE);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	talk_end(&talk);
}

static void test_nul(void **state)
{
	struct talk talk = talk_start("");
	struct pfb_error err;

	(void)state;
	assert_int_equal(write(talk.qemu, "OK\0 little\n", 11), 11);
	assert_int_equal(pfb_qtest_hello(talk.sock, &err), -EPROTO);
	assert_error(&err, "NUL");
	talk_end(&talk);
}

static void test_irq_flood(void **state)
{
	struct talk talk = talk_flood("IRQ raise 1\n");
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qtest_hello(talk.sock, &err), -EPROTO);
	assert_error(&err, "interrupt lines");
	talk_end(&talk);
}

#define GREETING	"{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"

static void test_qmp(void **state)
{
	struct talk talk = talk_start(GREETING "{\"return\": {}}\r\n"
		"{\"event\": \"A\"}\r\n{\"return\": {\"status\": \"prelaunch\", \"running\": false}}\r\n"
		"{\"event\": \"RESUME\"}\r\n{\"return\": {}}\r\n"
		"{\"return\": {\"status\": \"running\"}}\r\n");
	char status[PFB_QMP_STATUS_MAX];
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qmp_hello(talk.sock, &err), 0);
	assert_int_equal(pfb_qmp_status(talk.sock, status, &err), 0);
	assert_string_equal(status, "prelaunch");
	assert_int_equal(pfb_qmp_continue(talk.sock, &err), 0);
	assert_string_equal(sent(&talk),
			    "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"query-status\"}\n"
			    "{\"execute\": \"cont\"}\n{\"execute\": \"query-status\"}\n");
	talk_end(&talk);
}

static void test_qmp_does_not_run(void **state)
{
	struct talk talk = talk_start("{\"return\": {}}\n{\"return\": {\"status\": \"io-error\"}}\n");
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qmp_continue(talk.sock, &err), -EIO);
	assert_error(&err, "running", "io-error");
	talk_end(&talk);
}

static void test_qmp_bad(void **state)
{
	static const struct {
		const char *reply;
		const char *word;
	} cases[] = {
		{ "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no way\"}}\n", "no way" },
		{ "{\"error\": {}}\n", "expected 'return'" },
		{ "{\"error\": 7}\n", "expected 'return'" },
		{ "{}\n", "expected 'return'" },
		{ "[]\n", "JSON object" },
		{ "OK little\n", "QMP socket" },
		{ "{\"return\": \n", "JSON object" },
		{ "{\"return\": 7}\n", "without a status" },
		{ "{\"return\": {\"status\": 7}}\n", "without a status" },
		{ "{\"return\": {\"state\": \"running\"}}\n", "without a status" },
		/* deeper than any JSON reader has to follow */
		{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
		  "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
		  "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":\n",
		  "JSON object" },
	};
	char status[PFB_QMP_STATUS_MAX];
	struct pfb_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct talk talk = talk_start(cases[i].reply);

		assert_int_equal(pfb_qmp_status(talk.sock, status, &err), -EPROTO);
		assert_error(&err, cases[i].word);
		talk_end(&talk);
	}
}

static void test_qmp_long_status(void **state)
{
	struct talk talk = talk_start("{\"return\": {\"status\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}}\n");
	char status[PFB_QMP_STATUS_MAX];
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qmp_status(talk.sock, status, &err), 0);
	assert_int_equal(strlen(status), PFB_QMP_STATUS_MAX - 1);
	talk_end(&talk);
}

static void test_qmp_event_flood(void **state)
{
	struct talk talk = talk_flood("{\"event\": \"X\"}\n");
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qmp_hello(talk.sock, &err), -EPROTO);
	assert_error(&err, "events");
	talk_end(&talk);
}

static void test_qmp_not_greeted(void **state)
{
	struct talk talk = talk_start("{\"return\": {}}\n");
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_qmp_hello(talk.sock, &err), -EPROTO);
	assert_error(&err, "greeting");
	talk_end(&talk);
}

static void test_connect(void **state)
{
	struct pfb_line_socket *sock = malloc(sizeof(*sock));
	char path[200];
	struct pfb_error err;
	u64 start = pfb_now_ms();

	(void)state;
	assert_non_null(sock);
	assert_int_equal(pfb_line_socket_open(sock, "QMP socket", "/nonexistent/socket", OP_MS,
					      start + 5000, &err), -ENOENT);
	assert_error(&err, "QMP socket", "/nonexistent/socket");
	assert_in_range(pfb_now_ms() - start, OP_MS, 10 * OP_MS);

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(pfb_line_socket_open(sock, "QMP socket", path, OP_MS, start + 5000, &err),
			 -ENAMETOOLONG);
	free(sock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qtest_hello),
		cmocka_unit_test(test_qtest_access),
		cmocka_unit_test(test_qtest_bad_value),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_dribbling),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_irq_flood),
		cmocka_unit_test(test_qmp),
		cmocka_unit_test(test_qmp_does_not_run),
		cmocka_unit_test(test_qmp_bad),
		cmocka_unit_test(test_qmp_long_status),
		cmocka_unit_test(test_qmp_event_flood),
		cmocka_unit_test(test_qmp_not_greeted),
		cmocka_unit_test(test_connect),
	};

	/* A wait without end is what these tests look for. */
	alarm(60);
	return cmocka_run_group_tests_name("qemu_sockets", tests, NULL, NULL);
}
