/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For the files of imports: the import under way. */

#include "store-base.h"
#include "store-import.h"
#include "text.h"

struct StoreImport {
        Store *store;
        StoreStage stage;
        bool trees; /* are to be made */
        bool keep;  /* what is there, though nobody needs it yet */
        unsigned n_ingests;
        Strv new_blobs; /* digests of what was not there before, or is not needed any more */
        Strv new_trees; /* keys, the same */
};
