/* SPDX-License-Identifier: MIT */
/* The manifest's text: round trip, and what a damaged one may not do. */
#include "store/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char text[65536];
static const char digest[FILE_DIGEST_LEN] = "ff00";

static size_t print(const struct manifest *m)
{
	struct buf out = BUF_OF(text);
	struct err e;

	assert_int_equal(manifest_print(m, &out, &e), 0);
	return out.len;
}

static void fill(struct manifest *m)
{
	struct manifest_funnel *f;
	struct err e;

	memset(m, 0, sizeof(*m));
	m->tailscaled_known = true;
	m->tailscaled_active = true;
	strcpy(m->self_path, "/usr/local/bin/tsfunnel");
	strcpy(m->self_digest, "ab12");
	strcpy(m->self_folder, "/usr/local");
	f = manifest_add(m, "tailscale-funnel", &e);
	f->port = 443;
	strcpy(f->target, "text:\"quoted\" \\ and \t tab");
	strcpy(f->unit, "/etc/systemd/system/tailscale-funnel.service");
	strcpy(f->digest, "cd34");
	strcpy(f->started, "ef56");
	f->left_out = 5;
	strcpy(f->whole, "ab78");
	f->adopted = true;
	f->adopted_enabled = true;
	f = manifest_add(m, "tailscale-funnel-two", &e);
	f->port = 8443;
	assert_int_equal(manifest_add_file(m, MANIFEST_TAILSCALE, "/usr/bin/tailscale", digest, &e),
			 0);
	assert_int_equal(manifest_add_file(m, MANIFEST_ENVIRONMENT, "/etc/x", digest, &e), 0);
}

static void round_trip(void **state)
{
	static struct manifest m, back;
	struct err e;
	size_t len;

	(void)state;
	fill(&m);
	len = print(&m);
	assert_int_equal(manifest_parse(text, len, &back, &e), 0);
	assert_true(back.found);
	m.found = true;
	assert_memory_equal(&m, &back, sizeof(m));
}

static void truncated_is_refused_at_every_byte(void **state)
{
	static struct manifest m, back;
	struct err e;
	size_t len;

	(void)state;
	fill(&m);
	len = print(&m);
	/* Without the final newline it is still whole. */
	for (size_t cut = 0; cut + 1 < len; cut++)
		assert_int_equal(manifest_parse(text, cut, &back, &e), -1);
}

static void foreign_shapes_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"version\":2,\"funnels\":[]}",
		"{\"version\":1,\"funnels\":[{}]}",
		"{\"version\":1,\"funnels\":[{\"service\":\"\"}]}",
		"{\"version\":1,\"funnels\":[{\"service\":\"a\",\"port\":-1}]}",
		"{\"version\":1,\"funnels\":[{\"service\":\"a\",\"port\":65536}]}",
		"{\"version\":1,\"funnels\":[{\"service\":\"a\",\"left_out\":-1}]}",
		"{\"version\":1,\"funnels\":[{\"service\":\"a\",\"left_out\":65536}]}",
		"{\"version\":1,\"funnels\":[]} trailing",
		"{\"version\":1,\"files\":[{\"part\":\"other\",\"path\":\"/x\"}]}",
		"{\"version\":1,\"files\":[{\"part\":\"tailscale\",\"path\":\"x\"}]}",
	};
	static struct manifest m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(manifest_parse(bad[i], strlen(bad[i]), &m, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
	}
}

static void long_members_and_many_rows_are_refused(void **state)
{
	static struct manifest m;
	struct buf out = BUF_OF(text);
	struct err e;

	(void)state;
	buf_add(&out, "{\"version\":1,\"funnels\":[{\"service\":\"");
	for (int i = 0; i < FUNNEL_SERVICE_MAX; i++)
		buf_add(&out, "a");
	buf_add(&out, "\"}]}");
	assert_int_equal(manifest_parse(text, out.len, &m, &e), -1);

	buf_clear(&out);
	buf_add(&out, "{\"version\":1,\"funnels\":[{\"service\":\"s\"}");
	for (int i = 0; i < MANIFEST_FUNNELS; i++)
		buf_add(&out, ",{\"service\":\"s\"}");
	buf_add(&out, "]}");
	assert_int_equal(manifest_parse(text, out.len, &m, &e), -1);
}

static void rows_are_added_found_and_dropped(void **state)
{
	static struct manifest m;
	struct err e;
	char name[32];

	(void)state;
	memset(&m, 0, sizeof(m));
	for (int i = 0; i < MANIFEST_FUNNELS; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_non_null(manifest_add(&m, name, &e));
	}
	assert_ptr_equal(manifest_add(&m, "s3", &e), manifest_find(&m, "s3"));
	assert_null(manifest_add(&m, "one more", &e));
	assert_int_equal(e.code, ERR_CREATE);
	manifest_drop(&m, "s3");
	manifest_drop(&m, "never there");
	assert_null(manifest_find(&m, "s3"));
	assert_int_equal(m.count, MANIFEST_FUNNELS - 1);
	assert_non_null(manifest_find(&m, "s15"));
}

static void files_are_recorded_once_and_dropped(void **state)
{
	static struct manifest m;
	struct err e;
	char path[32];

	(void)state;
	memset(&m, 0, sizeof(m));
	for (int i = 0; i < 2 * MANIFEST_FILES; i++) {
		snprintf(path, sizeof(path), "/f%d", i % MANIFEST_FILES);
		assert_int_equal(manifest_add_file(&m, MANIFEST_TAILSCALE, path, digest, &e), 0);
	}
	assert_int_equal(m.file_count, MANIFEST_FILES);
	assert_int_equal(manifest_add_file(&m, MANIFEST_TAILSCALE, "/more", digest, &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
	manifest_drop_file(&m, "/f3");
	manifest_drop_file(&m, "/never");
	assert_null(manifest_find_file(&m, "/f3"));
	assert_non_null(manifest_find_file(&m, "/f15"));
	assert_int_equal(m.file_count, MANIFEST_FILES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(truncated_is_refused_at_every_byte),
		cmocka_unit_test(foreign_shapes_are_refused),
		cmocka_unit_test(long_members_and_many_rows_are_refused),
		cmocka_unit_test(rows_are_added_found_and_dropped),
		cmocka_unit_test(files_are_recorded_once_and_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
