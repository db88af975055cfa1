"""Renders a drive down a street, with exact labels and optical flow."""
