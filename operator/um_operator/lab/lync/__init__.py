"""Lync Server and Skype for Business Server as far as Unified Messaging has to do with them (lab L12).

``spec`` says what there is, ``builder`` makes a :class:`~um_operator.lab.lync.deployment.Deployment` of it:
pools with front ends that are machines of ``lab/hosts``, a media configuration, contacts, a management store
that replicates. ``shell`` is the Lync Server Management Shell behind ``/OcsPowershell``. Identities, property
names and parameters are those of the cmdlet pages; what these leave open is in ``lab/variants``.
"""
