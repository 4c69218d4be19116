/* SPDX-License-Identifier: MIT */
/* recipe - the unit that one would write by hand, see init_render_recipe() in init.h */
#include "init/init.h"
#include "init/systemd_quote.h"

#include <string.h>

int init_render_recipe(const struct funnel *f, struct buf *out, struct err *e)
{
	buf_add(out, "[Unit]\n"
		     "Description=Tailscale Funnel for Port ");
	if (systemd_quote_text(f->target.text, out, e) != 0)
		return -1;
	buf_add(out, "\n"
		     "After=network.target tailscaled.service\n"
		     "Requires=tailscaled.service\n"
		     "[Service]\n"
		     "Type=simple\n"
		     "ExecStart=/usr/bin/tailscale funnel ");
	if (systemd_quote_argument(f->target.text, out, e) != 0)
		return -1;
	buf_add(out, "\n"
		     "Restart=on-failure\n"
		     "RestartSec=5s\n"
		     "ExecStartPre=/bin/sleep 5\n"
		     "[Install]\n"
		     "WantedBy=multi-user.target\n");
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot write the unit: no room") : 0;
}
