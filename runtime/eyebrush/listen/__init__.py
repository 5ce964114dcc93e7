"""Looks that follow sound: ``--react AUDIO`` or ``--react mic``.

Files and microphones need the extra ``listen``, the sound of videos the extra ``video``.
"""
