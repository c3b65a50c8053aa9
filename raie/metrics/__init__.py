"""Ranking metrics, forgetting and transfer, bootstrap intervals: arrays in, numbers out."""
