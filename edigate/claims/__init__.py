"""The 837: what a claim is, its bindings, batches and edits."""
