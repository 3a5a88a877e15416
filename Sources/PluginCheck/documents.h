/* Documents as hosts serve them, and what is done with them. */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "check.h"

/* Loads the plugin; one without the extension has nothing to do with these cases. */
void need_documents(void);

/* Whether hosts serve documents of that kind, so that it is known what a good one looks like. */
bool is_served(uint64_t kind);

typedef void try_document(const instance *widget, uint64_t kind, cm_string text);

/* Calls `body` with a whole document of each kind that the plugin takes. */
void each_document(try_document *body, const instance *widget);

/* Checks and draws what a document came to. */
void judge_document(const instance *widget, const collected *result);

#endif
