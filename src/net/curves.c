/* SPDX-License-Identifier: MIT */
/* curves - see curves.h */
#include "net/curves.h"

static const br_ec_impl *of(int curve)
{
	return curve == BR_EC_curve25519 ? &br_ec_c25519_i31 : &br_ec_prime_i31;
}

static const unsigned char *generator(int curve, size_t *len)
{
	return of(curve)->generator(curve, len);
}

static const unsigned char *order(int curve, size_t *len)
{
	return of(curve)->order(curve, len);
}

static size_t xoff(int curve, size_t *len)
{
	return of(curve)->xoff(curve, len);
}

static uint32_t mul(unsigned char *point, size_t len, const unsigned char *x, size_t x_len,
		    int curve)
{
	return of(curve)->mul(point, len, x, x_len, curve);
}

static size_t mulgen(unsigned char *point, const unsigned char *x, size_t x_len, int curve)
{
	return of(curve)->mulgen(point, x, x_len, curve);
}

void curves_init(br_ec_impl *c)
{
	*c = br_ec_prime_i31;
	c->supported_curves |= 1U << BR_EC_curve25519;
	c->generator = generator;
	c->order = order;
	c->xoff = xoff;
	c->mul = mul;
	c->mulgen = mulgen;
}
