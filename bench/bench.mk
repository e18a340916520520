# SPDX-License-Identifier: GPL-2.0-only
# Benchmarks. They report; nothing passes or fails by a time.
