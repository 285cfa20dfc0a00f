/*
 * A translation unit with nothing of its own, to see headers alone.
 */
extern int abi_none;
