/* SPDX-License-Identifier: Apache-2.0 */

/* Static: the least a program can cost. */

int main(void) {
        return 0;
}
