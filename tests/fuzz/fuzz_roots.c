/* SPDX-License-Identifier: MIT */
/*
 * Bundles of certificates in PEM, and one certificate in DER for the words about it.
 *
 * Sources: base/buf.c base/err.c net/certificate.c net/roots_pem.c
 */
#include "fuzz.h"
#include "net/certificate.h"
#include "net/roots_pem.h"

#include <string.h>

/* roots_done() is in a file that wants the roots built in. */
static void release(struct roots *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->anchors[i].dn.data);
	free(r->anchors);
}

static size_t count(const uint8_t *data, size_t size, size_t piece)
{
	struct roots r = {0};
	struct roots_pem p;
	struct err e;
	size_t seen;

	roots_pem_init(&p, &r);
	for (size_t at = 0; at < size; at += piece)
		if (roots_pem_push(&p, (const char *)data + at,
				   size - at < piece ? size - at : piece, &e) != 0)
			break;
	seen = p.seen;
	FUZZ_WANT(r.count <= seen && r.count <= ROOTS_MAX);
	for (size_t i = 0; i < r.count; i++)
		FUZZ_WANT(r.anchors[i].dn.len > 0 && r.anchors[i].dn.len <= ROOTS_PEM_NAME_MAX);
	release(&r);
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certificate c;
	size_t all = count(data, size, size == 0 ? 1 : size);

	FUZZ_WANT(count(data, size, 7) == all);
	certificate_read(data, size, &c);
	FUZZ_WANT(strlen(c.issuer) < sizeof(c.issuer) && strlen(c.subject) < sizeof(c.subject));
	return 0;
}
