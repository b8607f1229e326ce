"""Rare passages by adaptive multilevel splitting."""
