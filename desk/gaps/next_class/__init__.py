"""Where, what and when the next class: from need, wishes and free rooms."""
