"""The jobs: convert, send, receive, post, reconcile, nightly. Pure parts wired to effects."""
