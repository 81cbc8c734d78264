/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets that systemd opened for us (socket activation) are stage1's: no helper of ours may inherit
 * them, or hold one open. */

/* At the start: nobody inherits them. */
void listen_keep(void);

/* Right before stage1 is executed: it does. */
void listen_hand_over(void);
