"""What printed pages share: styles, widths for Chinese, a page with a table."""
