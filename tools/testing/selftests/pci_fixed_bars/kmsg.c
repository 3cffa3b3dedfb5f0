// SPDX-License-Identifier: GPL-2.0
/*
 * kmsg - print the kernel's log from a place on, without time stamps
 *
 *	kmsg -l		print the number of the last record
 *	kmsg NUMBER	print what was logged after the record with that number
 *
 * dmesg prints everything each time, and a test wants what it caused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel's PRINTK_MESSAGE_MAX. */
#define RECORD_MAX	8192

int main(int argc, char **argv)
{
	static char record[RECORD_MAX + 1];
	unsigned long long after, number = 0;
	int last, fd;
	ssize_t len;

	if (argc != 2) {
		fputs("usage: kmsg -l | kmsg NUMBER\n", stderr);
		return 2;
	}
	last = !strcmp(argv[1], "-l");
	after = last ? ~0ULL : strtoull(argv[1], NULL, 10);
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "kmsg: cannot open /dev/kmsg: %s\n", strerror(errno));
		return 3;
	}
	for (;;) {
		char *text;

		len = read(fd, record, RECORD_MAX);
		/* EPIPE: records were overwritten before they were read; go on. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			break;
		record[len] = '\0';
		/* "priority,number,time,flags;text", then lines of " KEY=value" */
		if (sscanf(record, "%*u,%llu,", &number) != 1 || number <= after || last)
			continue;
		text = strchr(record, ';');
		if (text)
			printf("%.*s\n", (int)strcspn(text + 1, "\n"), text + 1);
	}
	close(fd);
	if (last)
		printf("%llu\n", number);
	return 0;
}
