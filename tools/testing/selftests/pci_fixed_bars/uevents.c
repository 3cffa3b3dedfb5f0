// SPDX-License-Identifier: GPL-2.0
/*
 * uevents - print the kernel's uevents that carry a key
 *
 *	uevents [-t SECONDS] KEY
 *
 * Says "listening" first, so that a script knows when it may cause the event,
 * then one line for each event: ACTION DEVPATH KEY=VALUE... in the order sent.
 * Ends after SECONDS: exit 0 if any came, else 1.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Multicast group of the kernel's own uevents; 2 is udevd's. */
#define GROUP_KERNEL	1
#define EVENT_MAX	8192

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int print_event(const char *event, size_t len, const char *key)
{
	size_t key_len = strlen(key);
	const char *end = event + len;
	const char *var;
	int found = 0;

	for (var = event; var < end; var += strlen(var) + 1)
		found |= !strncmp(var, key, key_len) && var[key_len] == '=';
	if (!found)
		return 0;

	/* The first string is ACTION@DEVPATH, the rest are the variables. */
	for (var = event; var < end; var += strlen(var) + 1)
		printf("%s%s", var == event ? "" : " ", var);
	putchar('\n');
	fflush(stdout);
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
	static char event[EVENT_MAX + 1];
	int seconds = 5, seen = 0;
	int buffer = 4 << 20;
	long long deadline;
	int opt, fd;

	while ((opt = getopt(argc, argv, "t:")) != -1) {
		if (opt != 't') {
			optind = argc;
			break;
		}
		seconds = atoi(optarg);
	}
	if (optind != argc - 1 || seconds < 0) {
		fputs("usage: uevents [-t SECONDS] KEY\n", stderr);
		return 2;
	}

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		fprintf(stderr, "uevents: cannot listen to the kernel: %s\n", strerror(errno));
		return 3;
	}
	/* Best effort: a burst that overflows is reported below, not hidden. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	puts("listening");
	fflush(stdout);

	deadline = now_ms() + seconds * 1000LL;
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		long long left = deadline - now_ms();
		ssize_t len;

		if (left <= 0 || poll(&pfd, 1, (int)left) <= 0)
			break;
		len = recv(fd, event, EVENT_MAX, 0);
		if (len < 0) {
			fprintf(stderr, "uevents: events were lost: %s\n", strerror(errno));
			return 3;
		}
		event[len] = '\0';
		seen += print_event(event, (size_t)len, argv[optind]);
	}
	close(fd);
	return seen > 0 ? 0 : 1;
}
