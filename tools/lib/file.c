// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

static int read_all(int fd, size_t max, void **data, size_t *size)
{
	size_t used = 0, room = 0;
	char *buf = NULL;

	for (;;) {
		ssize_t n;

		if (used + 1 >= room) {
			size_t want = room ? room * 2 : 4096;
			char *bigger = realloc(buf, want);

			if (!bigger) {
				free(buf);
				return -ENOMEM;
			}
			buf = bigger;
			room = want;
		}
		n = read(fd, buf + used, room - used - 1);
		if (n < 0) {
			int ret = -errno;

			if (ret == -EINTR)
				continue;
			free(buf);
			return ret;
		}
		if (!n)
			break;
		used += (size_t)n;
		if (used > max) {
			free(buf);
			return -E2BIG;
		}
	}
	buf[used] = '\0';
	*data = buf;
	*size = used;
	return 0;
}

int pfb_file_read(const char *path, size_t max, void **data, size_t *size,
		  struct pfb_error *err)
{
	bool standard = !strcmp(path, "-");
	int fd, ret;

	fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return pfb_fail(err, -errno, "%s: %s", path, strerror(errno));
	ret = read_all(fd, max, data, size);
	if (!standard)
		close(fd);
	if (ret == -E2BIG)
		return pfb_fail(err, ret, "%s: larger than the %zu bytes that are accepted",
				path, max);
	if (ret)
		return pfb_fail(err, ret, "%s: %s", path, strerror(-ret));
	return 0;
}

int pfb_file_line(const char *path, char *buf, size_t size)
{
	size_t used = 0;
	int fd, ret = 0;

	buf[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		ssize_t n = read(fd, buf + used, size - 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	close(fd);
	buf[used] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return ret;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* After this the name leads to the new content even when power fails. */
static int sync_folder(const char *path)
{
	char *folder = strdup(path), *slash;
	int fd, ret = 0;

	if (!folder)
		return -ENOMEM;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -errno;
	/* A file system that cannot says EINVAL. */
	if (fsync(fd) && errno != EINVAL)
		ret = -errno;
	close(fd);
	return ret;
}

int pfb_file_write(const char *path, const void *data, size_t size, struct pfb_error *err)
{
	char *temp;
	struct stat st;
	mode_t mask, mode;
	int fd, ret;

	if (!strcmp(path, "-")) {
		ret = write_all(STDOUT_FILENO, data, size);
		return ret ? pfb_fail(err, ret, "standard output: %s", strerror(-ret)) : 0;
	}

	/* A device or pipe is written to; it must not be replaced by a file. */
	mask = umask(0);
	umask(mask);
	mode = 0666 & ~mask;
	if (!stat(path, &st) && S_ISREG(st.st_mode)) {
		mode = st.st_mode & 07777;
	} else if (!stat(path, &st)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return pfb_fail(err, -errno, "%s: %s", path, strerror(errno));
		ret = write_all(fd, data, size);
		close(fd);
		return ret ? pfb_fail(err, ret, "%s: %s", path, strerror(-ret)) : 0;
	}

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return pfb_fail(err, -ENOMEM, "%s: out of memory", path);
	fd = mkstemp(temp);
	if (fd < 0) {
		ret = pfb_fail(err, -errno, "%s: %s", temp, strerror(errno));
		goto out_free;
	}
	ret = write_all(fd, data, size);
	if (!ret && fchmod(fd, mode))
		ret = -errno;
	/* Else a crash may leave the new name with nothing behind it. */
	if (!ret && fsync(fd) && errno != EINVAL)
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temp, path))
		ret = -errno;
	if (!ret)
		ret = sync_folder(path);
	if (ret) {
		unlink(temp);
		pfb_fail(err, ret, "%s: %s", path, strerror(-ret));
	}
out_free:
	free(temp);
	return ret;
}

int pfb_file_fail(struct pfb_error *err, int code, const char *path)
{
	struct pfb_error why;

	if (!err)
		return code;
	why = *err;
	return pfb_fail(err, code, "%s: %s", strcmp(path, "-") ? path : "standard input", why.text);
}
