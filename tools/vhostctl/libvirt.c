// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains of libvirt: which UUID and which CID one has. libvirtd keeps the XML of
 * each domain that runs in a directory that only root can write; it gives the same
 * XML to its hooks.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>

#include "vhostctl.h"

/* Status files have the domain in a <domstatus>. */
static const char running[] = "/run/libvirt/qemu/*.xml";

/* The string that an XPath expression gives; false: it is longer, or empty. */
static bool get_string(xmlXPathContext *at, const char *path, char *to, size_t size)
{
	xmlXPathObject *o = xmlXPathEvalExpression((const xmlChar *)path, at);
	const char *s = o && o->stringval ? (const char *)o->stringval : "";
	bool fits = *s && strlen(s) < size;

	if (fits)
		strcpy(to, s);
	xmlXPathFreeObject(o);
	return fits;
}

static bool read_domain(xmlDoc *doc, struct libvirt_domain *d)
{
	xmlXPathContext *at = xmlXPathNewContext(doc);
	char cid[16];
	bool ok;

	*d = (struct libvirt_domain){};
	if (!at)
		return false;
	ok = get_string(at, "string((/domain|/domstatus/domain)/uuid)", d->uuid,
			sizeof(d->uuid));
	if (get_string(at, "string((/domain|/domstatus/domain)/devices/vsock/cid/@address)",
		       cid, sizeof(cid)) &&
	    !vsock_is_cid(cid, &d->cid))
		ok = false;
	xmlXPathFreeContext(at);
	return ok;
}

static bool parse(xmlDoc *doc, struct libvirt_domain *d)
{
	bool ok = doc && read_domain(doc, d);

	xmlFreeDoc(doc);
	return ok;
}

enum { QUIET = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING };

enum status libvirt_read_domain(const char *name, struct libvirt_domain *d)
{
	bool ok = strcmp(name, "-") ?
			  parse(xmlReadFile(name, NULL, QUIET), d) :
			  parse(xmlReadFd(STDIN_FILENO, "-", NULL, QUIET), d);

	if (ok)
		return DONE;
	return say_failed("%s: no XML of a libvirt domain", name);
}

uint32_t libvirt_find(const char *uuid)
{
	struct libvirt_domain d;
	uint32_t cid = 0;
	glob_t files;

	if (glob(running, 0, NULL, &files))
		return 0;
	for (size_t i = 0; !cid && i < files.gl_pathc; i++)
		if (parse(xmlReadFile(files.gl_pathv[i], NULL, QUIET), &d) &&
		    !strcasecmp(d.uuid, uuid))
			cid = d.cid;
	globfree(&files);
	return cid;
}
