"""The procedure navigator (手続きナビ): what a procedure needs, and where it can be done now."""
