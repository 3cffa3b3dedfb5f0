// SPDX-License-Identifier: GPL-2.0
/* All that starts a planned VM, in one folder that can be copied to the host. */
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/vm_emit.h"

#define FILES_MAX	4

struct file {
	const char *name;
	void *data;
	size_t size;
	mode_t mode;		/* 0: as files are made */
};

struct folder {
	const struct pfb_vm_emit *emit;
	struct file files[FILES_MAX];
	unsigned int nr;
};

typedef int (*writer)(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err);

static int write_json(FILE *out, const struct pfb_vm_emit *emit, struct pfb_error *err)
{
	struct json_object *json = pfb_vm_plan_json(emit->plan);
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(json);
	return text ? 0 : pfb_fail(err, -ENOMEM, "out of memory");
}

static int add(struct folder *folder, const char *name, mode_t mode, writer write,
	       struct pfb_error *err)
{
	struct file *file = &folder->files[folder->nr];
	char *text = NULL;
	FILE *out;
	int ret;

	out = open_memstream(&text, &file->size);
	if (!out)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = write(out, folder->emit, err);
	if (fclose(out) && !ret)
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	file->name = name;
	file->mode = mode;
	file->data = text;
	folder->nr++;
	return ret;
}

static int add_manifest(struct folder *folder, struct pfb_error *err)
{
	struct file *file = &folder->files[folder->nr];
	int ret;

	ret = pfb_vm_plan_manifest(folder->emit->plan, &file->data, &file->size, err);
	file->name = "manifest.bin";
	file->mode = 0;
	folder->nr += !ret;
	return ret;
}

static int store(const struct folder *folder, const char *path, struct pfb_error *err)
{
	unsigned int i;
	char *name;
	int ret = 0;

	for (i = 0; i < folder->nr && !ret; i++) {
		const struct file *file = &folder->files[i];

		if (asprintf(&name, "%s/%s", path, file->name) < 0)
			return pfb_fail(err, -ENOMEM, "out of memory");
		ret = pfb_file_write(name, file->data, file->size, err);
		if (!ret && file->mode && chmod(name, file->mode))
			ret = pfb_fail(err, -errno, "%s: chmod: %s", name, strerror(errno));
		free(name);
	}
	return ret;
}

int pfb_vm_emit_folder(const struct pfb_vm_emit *emit, bool libvirt, const char *path,
		       struct pfb_error *err)
{
	struct pfb_vm_emit inside = *emit;
	struct folder folder = { .emit = &inside };
	char *whole = NULL, *manifest = NULL;
	bool made;
	int ret;

	made = !mkdir(path, 0777);
	if (!made && errno != EEXIST)
		return pfb_fail(err, -errno, "%s: %s", path, strerror(errno));
	whole = realpath(path, NULL);
	if (!whole) {
		ret = pfb_fail(err, -errno, "%s: %s", path, strerror(errno));
	} else if (asprintf(&manifest, "%s/manifest.bin", whole) < 0) {
		manifest = NULL;
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	} else {
		inside.manifest = manifest;
		ret = add_manifest(&folder, err);
		if (!ret)
			ret = add(&folder, "plan.json", 0, write_json, err);
		if (!ret && libvirt)
			ret = add(&folder, "domain.xml", 0, pfb_vm_emit_libvirt, err);
		if (!ret && !libvirt)
			ret = add(&folder, "qemu.args", 0, pfb_vm_emit_lines, err);
		if (!ret && !libvirt)
			ret = add(&folder, "run", 0755, pfb_vm_emit_run, err);
	}
	if (!ret)
		ret = store(&folder, whole, err);
	else if (made)
		rmdir(path);
	while (folder.nr)
		free(folder.files[--folder.nr].data);
	free(manifest);
	free(whole);
	return ret;
}
