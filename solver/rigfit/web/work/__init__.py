"""The answers, made in worker processes: functions of a desk and what was asked, one small file for each part."""
