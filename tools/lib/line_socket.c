// SPDX-License-Identifier: GPL-2.0
#include "line_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_RETRY_MS	20

u64 pfb_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static u64 op_end(const struct pfb_line_socket *sock)
{
	u64 end = pfb_now_ms() + sock->op_timeout_ms;

	return end < sock->deadline_ms ? end : sock->deadline_ms;
}

/* Wait until @events; the end is absolute, so a peer that dribbles gains nothing. */
static int wait_for(const struct pfb_line_socket *sock, short events, u64 end,
		    struct pfb_error *err)
{
	for (;;) {
		struct pollfd pfd = { .fd = sock->fd, .events = events };
		u64 now = pfb_now_ms();
		int ret;

		if (now >= end)
			return pfb_fail(err, -ETIMEDOUT,
					"%s: no answer in time; is QEMU stalled? raise --timeout if the machine is only slow",
					sock->what);

		ret = poll(&pfd, 1, (int)(end - now));
		if (ret > 0)
			return 0;
		if (ret < 0 && errno != EINTR)
			return pfb_fail(err, -errno, "%s: poll: %s", sock->what,
					strerror(errno));
	}
}

void pfb_line_socket_adopt(struct pfb_line_socket *sock, const char *peer, int fd,
			   unsigned int op_timeout_ms, u64 deadline_ms)
{
	sock->fd = fd;
	snprintf(sock->what, sizeof(sock->what), "%s", peer);
	sock->op_timeout_ms = op_timeout_ms;
	sock->deadline_ms = deadline_ms;
	sock->used = 0;
	sock->taken = 0;
}

int pfb_line_socket_open(struct pfb_line_socket *sock, const char *peer, const char *path,
			 unsigned int op_timeout_ms, u64 deadline_ms,
			 struct pfb_error *err)
{
	static const struct timespec pause = { .tv_nsec = CONNECT_RETRY_MS * 1000000L };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	char what[160];
	u64 end;
	int fd;

	snprintf(what, sizeof(what), "%s %s", peer, path);
	pfb_line_socket_adopt(sock, what, -1, op_timeout_ms, deadline_ms);

	if (len >= sizeof(addr.sun_path))
		return pfb_fail(err, -ENAMETOOLONG,
				"%s: the path has %zu bytes, a UNIX socket's may have %zu; use a shorter folder",
				what, len, sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, len + 1);

	end = op_end(sock);
	for (;;) {
		/* Non-blocking: connect() to a full backlog would wait without end. */
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return pfb_fail(err, -errno, "%s: socket: %s", what, strerror(errno));
		if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			break;

		if ((errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN) ||
		    pfb_now_ms() >= end) {
			int code = -errno;

			close(fd);
			return pfb_fail(err, code,
					"%s: connect: %s; was QEMU started with this socket, and does it still run?",
					what, strerror(-code));
		}
		close(fd);
		nanosleep(&pause, NULL);
	}
	sock->fd = fd;
	return 0;
}

void pfb_line_socket_close(struct pfb_line_socket *sock)
{
	if (sock->fd >= 0)
		close(sock->fd);
	sock->fd = -1;
}

int pfb_line_socket_send(struct pfb_line_socket *sock, const char *text, size_t len,
			 struct pfb_error *err)
{
	u64 end = op_end(sock);

	while (len) {
		ssize_t n;
		int ret = wait_for(sock, POLLOUT, end, err);

		if (ret)
			return ret;
		n = send(sock->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				continue;
			return pfb_fail(err, -errno, "%s: send: %s; did QEMU end?",
					sock->what, strerror(errno));
		}
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int pfb_line_socket_receive(struct pfb_line_socket *sock, char **line,
			    struct pfb_error *err)
{
	u64 end = op_end(sock);
	size_t searched = 0;

	memmove(sock->buf, sock->buf + sock->taken, sock->used - sock->taken);
	sock->used -= sock->taken;
	sock->taken = 0;

	for (;;) {
		char *eol = memchr(sock->buf + searched, '\n', sock->used - searched);
		ssize_t n;
		int ret;

		if (eol) {
			sock->taken = (size_t)(eol - sock->buf) + 1;
			*eol = '\0';
			if (strlen(sock->buf) != (size_t)(eol - sock->buf))
				return pfb_fail(err, -EPROTO, "%s: a NUL byte in a reply",
						sock->what);
			if (eol > sock->buf && eol[-1] == '\r')
				eol[-1] = '\0';
			*line = sock->buf;
			return 0;
		}
		searched = sock->used;
		if (sock->used == PFB_LINE_MAX)
			return pfb_fail(err, -EMSGSIZE, "%s: a reply of more than %u bytes",
					sock->what, PFB_LINE_MAX);

		ret = wait_for(sock, POLLIN, end, err);
		if (ret)
			return ret;
		n = recv(sock->fd, sock->buf + sock->used, PFB_LINE_MAX - sock->used,
			 MSG_DONTWAIT);
		if (!n)
			return pfb_fail(err, -EPIPE, "%s: the other end closed; QEMU has ended, see its own messages",
					sock->what);
		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				continue;
			return pfb_fail(err, -errno, "%s: receive: %s; did QEMU end?",
					sock->what, strerror(errno));
		}
		sock->used += (size_t)n;
	}
}
